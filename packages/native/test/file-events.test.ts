import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FILE_EVENT, loadNative } from '../src/index.ts'

const posix = loadNative()!.posix!
const events = posix.fileEvents!
let root: string
let queue: number

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'tercet-native-'))
  queue = events.openQueue()
})

afterEach(() => {
  posix.close(queue)
  fs.rmSync(root, { recursive: true, force: true })
})

function take(): { watch: number; mask: number; name: string }[] {
  const bytes = new Uint8Array(65_536)
  const size = events.readEvents(queue, bytes)
  const fields = new DataView(bytes.buffer)
  const found = []
  for (let at = 0; at < size; ) {
    const length = fields.getUint32(at + 12, true)
    const name = Buffer.from(bytes.subarray(at + 16, at + 16 + length)).toString('latin1')
    found.push({
      watch: fields.getInt32(at, true),
      mask: fields.getUint32(at + 4, true),
      name: name.replace(/\0+$/, '')
    })
    at += 16 + length
  }
  return found
}

describe('file events', () => {
  it('are told in order, with names', () => {
    const watch = events.addWatch(
      queue,
      root,
      FILE_EVENT.CREATE | FILE_EVENT.MOVED_FROM | FILE_EVENT.MOVED_TO
    )
    expect(take()).toEqual([])
    fs.mkdirSync(path.join(root, 'folder'))
    fs.writeFileSync(path.join(root, 'file'), '')
    fs.renameSync(path.join(root, 'file'), path.join(root, 'moved'))
    expect(take()).toEqual([
      { watch, mask: FILE_EVENT.CREATE | FILE_EVENT.IS_FOLDER, name: 'folder' },
      { watch, mask: FILE_EVENT.CREATE, name: 'file' },
      { watch, mask: FILE_EVENT.MOVED_FROM, name: 'file' },
      { watch, mask: FILE_EVENT.MOVED_TO, name: 'moved' }
    ])
  })

  it('end with the watch, which may be ended twice', () => {
    const watch = events.addWatch(queue, root, FILE_EVENT.CREATE)
    events.removeWatch(queue, watch)
    events.removeWatch(queue, watch)
    fs.writeFileSync(path.join(root, 'file'), '')
    expect(take()).toEqual([{ watch, mask: FILE_EVENT.IGNORED, name: '' }])
  })

  it('fail as system calls do', () => {
    const missing = path.join(root, 'missing')
    expect(() => events.addWatch(queue, missing, FILE_EVENT.CREATE)).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'inotify_add_watch', path: missing })
    )
    const file = path.join(root, 'file')
    fs.writeFileSync(file, '')
    expect(() => events.addWatch(queue, file, FILE_EVENT.CREATE | FILE_EVENT.ONLY_FOLDER)).toThrow(
      expect.objectContaining({ code: 'ENOTDIR' })
    )
  })

  it('are waited for, and so are signals', () => {
    const signal = events.openSignal()
    try {
      expect(events.wait([queue, signal], [], 0)).toEqual([false, false])
      events.raise(signal)
      expect(events.wait([queue, signal], [], 60_000)).toEqual([false, true])
      events.raise(signal)
      events.lower(signal)
      expect(events.wait([queue, signal], [], 0)).toEqual([false, false])
      events.addWatch(queue, root, FILE_EVENT.CREATE)
      fs.writeFileSync(path.join(root, 'file'), '')
      expect(events.wait([queue, signal], [], 60_000)).toEqual([true, false])
    } finally {
      posix.close(signal)
    }
  })

  it('leave a table that is always readable waiting until it changes', () => {
    const table = fs.openSync('/proc/self/mountinfo', 'r')
    try {
      expect(events.wait([], [table], 0)).toEqual([false])
      expect(events.wait([table], [], 0)).toEqual([true])
    } finally {
      fs.closeSync(table)
    }
  })
})

import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FILE_EVENT, FILE_SYSTEM_EVENT, loadNative } from '../src/index.ts'

const posix = loadNative()!.posix!
const calls = posix.fileSystemEvents!
/** Where little else happens, and handles are known. */
const QUIET = '/dev/shm'
let root: string

beforeEach(() => {
  root = fs.mkdtempSync(path.join(QUIET, 'tercet-native-'))
})
afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** Masks of what is told of names in one folder. */
function told(queue: number, folder: string): [string, number][] {
  const bytes = new Uint8Array(65_536)
  const fields = new DataView(bytes.buffer)
  const found: [string, number][] = []
  for (;;) {
    const size = posix.fileEvents!.readEvents(queue, bytes)
    if (size === 0) return found
    for (let at = 0; at < size; at += fields.getUint32(at, true)) {
      const info = at + fields.getUint16(at + 6, true)
      expect(bytes[info]).toBe(FILE_SYSTEM_EVENT.FOLDER_AND_NAME)
      expect(hex(bytes.subarray(info + 4, info + 12))).toBe(hex(calls.fileSystemId(root)))
      const end = info + 20 + fields.getUint32(info + 12, true)
      if (hex(bytes.subarray(info + 12, end)) !== folder) continue
      const name = Buffer.from(bytes.subarray(end, info + fields.getUint16(info + 2, true)))
      found.push([name.toString('latin1').replace(/\0.*/, ''), Number(fields.getBigUint64(at + 8, true))])
    }
  }
}

describe('events of a file system', () => {
  it('are told by folder and name, where the process may ask for them', () => {
    const queue = calls.openQueue()
    try {
      calls.markFileSystem(queue, root, FILE_EVENT.CREATE | FILE_EVENT.IS_FOLDER)
      calls.markFileSystem(queue, root, FILE_EVENT.CREATE | FILE_EVENT.IS_FOLDER)
      fs.mkdirSync(path.join(root, 'folder'))
      fs.writeFileSync(path.join(root, 'folder', 'file'), '')
      const above = hex(calls.handleOf(root))
      const inside = hex(calls.handleOf(path.join(root, 'folder')))
      fs.writeFileSync(path.join(root, 'other'), '')
      expect(told(queue, above)).toEqual([
        ['folder', FILE_EVENT.CREATE | FILE_EVENT.IS_FOLDER],
        ['other', FILE_EVENT.CREATE]
      ])
      fs.writeFileSync(path.join(root, 'folder', 'late'), '')
      expect(told(queue, inside)).toEqual([['late', FILE_EVENT.CREATE]])
    } finally {
      posix.close(queue)
    }
  })

  it('have handles that are found wherever the folder is, and not when it is gone', () => {
    const mount = fs.openSync(root, 'r')
    const folder = path.join(root, 'folder')
    fs.mkdirSync(folder)
    const handle = calls.handleOf(folder)
    fs.renameSync(folder, path.join(root, 'moved'))
    const found = calls.openHandle(mount, handle)!
    expect(fs.readlinkSync(`/proc/self/fd/${found}`)).toBe(path.join(fs.realpathSync(root), 'moved'))
    posix.close(found)
    fs.rmdirSync(path.join(root, 'moved'))
    expect(calls.openHandle(mount, handle)).toBeUndefined()
    fs.closeSync(mount)
  })

  it('fail as system calls do', () => {
    const missing = path.join(root, 'missing')
    expect(() => calls.handleOf(missing)).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'name_to_handle_at', path: missing })
    )
    expect(() => calls.fileSystemId(missing)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(() => calls.openHandle(-1, new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  })
})

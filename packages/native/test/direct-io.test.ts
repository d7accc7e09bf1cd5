import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { alignedBytes } from '../src/aligned-bytes.ts'
import { type DirectFile, DirectIo } from '../src/direct-io.ts'

const PAGE = 4096
const content = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31) % 251)

describe.runIf(process.platform === 'linux')('transfers past the page cache', () => {
  let folder: string
  let path: string
  let fd: number

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tercet-direct-'))
    path = join(folder, 'file')
    fd = openSync(path, 'w+')
  })
  afterEach(() => {
    closeSync(fd)
    rmSync(folder, { recursive: true })
  })

  /** Through the cache, on file systems of all kinds. */
  function plainIo(tookMs = 0) {
    const clock = { ms: 0 }
    const now = () => {
      clock.ms += tookMs
      return clock.ms
    }
    return new DirectIo({ now, open: (name, flags) => openSync(name, flags & 3) })
  }

  test.each([0, 7])(
    'writes whole pages from memory that begins at %i beyond a page, and leaves the rest',
    (at) => {
      const io = new DirectIo()
      const memory = alignedBytes(3 * 1024 * 1024) as Uint8Array
      const bytes = memory.subarray(at, at + 2 * 1024 * 1024 + PAGE + 100)
      bytes.set(content(bytes.length))
      const file = io.open(fd, 'write')
      const done = file === undefined ? 0 : io.write(file, bytes, PAGE)
      if (file !== undefined) expect(done).toBe(bytes.length - 100)
      writeSync(fd, bytes, done, bytes.length - done, PAGE + done)
      file?.close()
      expect(readFileSync(path).subarray(PAGE).equals(bytes)).toBe(true)
    }
  )

  test('reads up to the end of the file, at once or later', async () => {
    const io = plainIo()
    const bytes = content(PAGE + 10)
    writeSync(fd, bytes)
    const file = io.open(fd, 'read') as DirectFile
    expect(io.read(file, 0, 5)).toEqual(bytes.subarray(0, 5))
    expect(io.read(file, PAGE, 100)).toEqual(bytes.subarray(PAGE))
    const buffer = alignedBytes(2 * PAGE) as Uint8Array
    expect(await io.readInto(file, buffer, 0, PAGE + 10)).toEqual(bytes)
    file.close()
  })

  test('leaves to the caller what does not begin at a page', async () => {
    const io = plainIo()
    const file = io.open(fd, 'write') as DirectFile
    expect(io.write(file, content(2 * PAGE), 100)).toBe(0)
    expect(io.write(file, content(PAGE - 1), 0)).toBe(0)
    expect(io.read(file, 100, PAGE)).toBe(undefined)
    expect(await io.readInto(file, alignedBytes(PAGE) as Uint8Array, 100, PAGE)).toBe(undefined)
    file.close()
  })

  test('is given up on a slow disk', () => {
    const io = plainIo(201)
    const file = io.open(fd, 'write') as DirectFile
    expect(io.write(file, content(PAGE), 0)).toBe(PAGE)
    expect(io.write(file, content(PAGE), PAGE)).toBe(0)
    file.close()
    expect(io.open(fd, 'write')).toBe(undefined)
  })

  test('throws what is a failure', () => {
    const io = plainIo()
    const file = io.open(fd, 'read') as DirectFile
    expect(() => io.write(file, content(PAGE), 0)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    file.close()
  })
})

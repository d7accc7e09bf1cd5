import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAesCryptKeyring, decryptAesCrypt, deriveAesCryptKey, hashBytes } from '@tercet/crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { VolumeFileWriter } from '../../src/volumes/volume-file-writer.ts'

/** Lets file operations fail from the given call on. */
const disk = vi.hoisted(() => ({
  failWrites: Number.POSITIVE_INFINITY,
  failClose: false,
  code: 'ENOSPC',
  most: Number.POSITIVE_INFINITY
}))
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  const fail = () => {
    throw Object.assign(new Error(disk.code), { code: disk.code })
  }
  return {
    ...fs,
    writeSync: (fd: number, bytes: Uint8Array, offset: number, length: number) =>
      disk.failWrites-- <= 0 ? fail() : fs.writeSync(fd, bytes, offset, Math.min(length, disk.most)),
    closeSync(fd: number) {
      fs.closeSync(fd)
      if (disk.failClose) fail()
    }
  }
})

const PASSPHRASE = 'secret'
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tercet-writer-'))
})
afterEach(() => {
  Object.assign(disk, {
    failWrites: Number.POSITIVE_INFINITY,
    failClose: false,
    code: 'ENOSPC',
    most: Number.POSITIVE_INFINITY
  })
  rmSync(folder, { recursive: true })
})

function writer(encrypted: boolean): VolumeFileWriter {
  return new VolumeFileWriter({
    path: join(folder, 'volume'),
    key: encrypted ? deriveAesCryptKey(PASSPHRASE) : undefined,
    fileHash: 'SHA256'
  })
}

const content = Uint8Array.from({ length: 100_003 }, (_, i) => i % 251)

/** Writes the content in pieces of all kinds of lengths. */
function fill(target: VolumeFileWriter): void {
  for (let at = 0, length = 1; at < content.length; at += length, length = (length * 7) % 5003) {
    target.write(content.subarray(at, at + length))
  }
}

describe.each([
  ['plain', false],
  ['encrypted', true]
])('VolumeFileWriter, %s', (_, encrypted) => {
  it('stores what was written, with its size and hash', async () => {
    const target = writer(encrypted)
    fill(target)
    const { sizeBytes, hash } = target.finish()
    const file = readFileSync(target.path)
    expect(file.length).toBe(sizeBytes)
    expect([...hashBytes('SHA256', file)]).toEqual([...hash])
    const keyring = createAesCryptKeyring(PASSPHRASE)
    const plain = encrypted
      ? Buffer.concat(await Array.fromAsync(decryptAesCrypt([file], { keyring })))
      : file
    expect(Buffer.compare(plain, content)).toBe(0)
  })

  it('goes on where the system takes less than it was given', () => {
    disk.most = 1000
    const target = writer(encrypted)
    fill(target)
    const { sizeBytes, hash } = target.finish()
    const file = readFileSync(target.path)
    expect(file.length).toBe(sizeBytes)
    expect([...hashBytes('SHA256', file)]).toEqual([...hash])
  })

  it.each([
    ['ENOSPC', 'SPOOL_FULL'],
    ['EDQUOT', 'SPOOL_FULL'],
    ['EIO', 'SPOOL_FAILED']
  ])('names the folder when a write ends with %s', (reason, code) => {
    const target = writer(encrypted)
    Object.assign(disk, { failWrites: 3, code: reason })
    const failure = expect.objectContaining({ code, context: { folder, reason } })
    expect(() => fill(target)).toThrow(failure)
    target.discard()
    expect(readdirSync(folder)).toEqual([])
  })

  it('notices a failure that the system reports only at the end', () => {
    const target = writer(encrypted)
    fill(target)
    disk.failClose = true
    expect(() => target.finish()).toThrow(expect.objectContaining({ code: 'SPOOL_FULL' }))
  })
})

describe('VolumeFileWriter', () => {
  it('never writes over a file', () => {
    writer(false).finish()
    expect(() => writer(false)).toThrow(expect.objectContaining({ code: 'SPOOL_FAILED' }))
  })

  it('leaves nothing when not even the header can be written', () => {
    disk.failWrites = 0
    expect(() => writer(true)).toThrow(expect.objectContaining({ code: 'SPOOL_FULL' }))
    expect(readdirSync(folder)).toEqual([])
  })
})

it('tells of whole pieces of the file while it grows, each once', () => {
  const told: number[][] = []
  const target = new VolumeFileWriter({
    path: join(folder, 'volume'),
    key: undefined,
    fileHash: 'SHA256',
    pages: { wrote: (_fd, offset, length) => told.push([offset, length]) }
  })
  const mib = 1024 * 1024
  for (const length of [mib - 1, 1, 1, 3 * mib, 1000]) target.write(new Uint8Array(length))
  expect(target.finish().sizeBytes).toBe(4 * mib + 1001)
  expect(told).toEqual([
    [0, mib],
    [mib, 3 * mib]
  ])
})

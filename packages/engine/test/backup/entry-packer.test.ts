import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { BlockIndex, VolumePacker } from '@tercet/core'
import type { FileStat } from '@tercet/native'
import { createStatReader, MetadataReader, type StatReader } from '@tercet/source-fs'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { describe, expect, it } from 'vitest'
import { BlockFeeder } from '../../src/backup/block-feeder.ts'
import { EntryPacker } from '../../src/backup/entry-packer.ts'
import { ENTRY_FLAG, OUTCOME } from '../../src/backup/packed-batch.ts'
import { type EntryKind, FILE, FOLDER, HINT, ScanBatchBuilder, SYMLINK } from '../../src/backup/scan-batch.ts'
import { StreamPacker } from '../../src/backup/stream-packer.ts'

const settings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA256' } as const

/** A packer over a folder of its own, whose looks at open files a test can bend. */
async function createWorld(bend: (stat: FileStat, look: number) => FileStat = (stat) => stat) {
  const folder = await createTemporaryFolder('tercet-packer-')
  const spool = folder.join('spool')
  mkdirSync(spool)
  const native = createStatReader(undefined)
  let looks = 0
  const stats: StatReader = { ...native, fstat: (descriptor) => bend(native.fstat(descriptor), looks++) }
  const packer = new VolumePacker({
    spoolFolder: spool,
    prefix: 'duplicati',
    settings,
    compression: { method: 'none' },
    dblockSizeBytes: 2 ** 20,
    indexPolicy: 'full',
    index: BlockIndex.create(),
    onVolume: () => {}
  })
  const feeder = new BlockFeeder(packer, [], settings)
  const streams = new StreamPacker(feeder, settings)
  const options = { settings, followLinks: false, tornReadRetries: 2, clock: () => Date.now() + 60_000 }
  const entries = new EntryPacker(feeder, streams, stats, new MetadataReader(), options)
  return {
    folder,
    path: (name: string) => folder.join(name),
    looks: () => looks,
    pack(name: string, type: EntryKind, hints = 0) {
      const batch = new ScanBatchBuilder(32)
      batch.add(`${folder.path}/`, name, type, 0, hints, undefined)
      return entries.pack(batch.take())
    },
    async [Symbol.asyncDispose]() {
      packer[Symbol.dispose]()
      await folder[Symbol.asyncDispose]()
    }
  }
}

describe('a file that changes while it is read', () => {
  it('is read again until it stays the same', async () => {
    // The look after the first reading sees another time of change; all later ones agree with it.
    await using world = await createWorld((stat, look) =>
      look === 0 ? { ...stat, ctimeSeconds: stat.ctimeSeconds - 5 } : stat
    )
    writeFileSync(world.path('file'), 'x'.repeat(5000))
    const packed = world.pack('file', FILE)
    expect([...packed.outcomes, ...packed.flags]).toEqual([OUTCOME.ADDED, 0])
    expect(packed.issues).toEqual([])
    expect(world.looks()).toBe(3)
    expect(packed.signatures.some((byte) => byte !== 0)).toBe(true)
  })

  it('is marked and told of when it never does, and is not trusted next time', async () => {
    await using world = await createWorld((stat, look) => ({ ...stat, ctimeSeconds: look }))
    writeFileSync(world.path('file'), 'small')
    const packed = world.pack('file', FILE)
    expect([...packed.outcomes, ...packed.flags]).toEqual([OUTCOME.ADDED, ENTRY_FLAG.TORN])
    expect(packed.issues).toMatchObject([{ entry: 0, code: 'BACKUP_CHANGED_WHILE_READING' }])
    expect(packed.signatures.every((byte) => byte === 0)).toBe(true)
    expect(world.looks()).toBe(4)
  })

  it('is not trusted when it changed just before it was read', async () => {
    const soon = Math.floor(Date.now() / 1000) + 3600
    await using world = await createWorld((stat) => ({ ...stat, ctimeSeconds: soon }))
    writeFileSync(world.path('file'), 'small')
    expect(world.pack('file', FILE).signatures.every((byte) => byte === 0)).toBe(true)
  })
})

describe('an entry that cannot be read', () => {
  it('is a failure with its own issue', async () => {
    await using world = await createWorld(() => {
      throw Object.assign(new Error('EIO: i/o error, fstat'), { code: 'EIO', syscall: 'fstat' })
    })
    writeFileSync(world.path('file'), 'x')
    const packed = world.pack('file', FILE, HINT.PREVIOUS)
    expect([...packed.outcomes]).toEqual([OUTCOME.FAILED])
    expect(packed.issues).toMatchObject([{ entry: 0, code: 'SOURCE_READ_FAILED' }])
  })

  it('is gone when it is gone, or something else by now', async () => {
    await using world = await createWorld()
    symlinkSync('nowhere', world.path('was-file'))
    writeFileSync(world.path('was-folder'), 'x')
    mkdirSync(world.path('was-link'))
    for (const [name, type] of [
      ['missing', FILE],
      ['was-file', FILE],
      ['was-folder', FOLDER],
      ['was-link', SYMLINK],
      ['missing/', FOLDER]
    ] as const)
      expect([name, ...world.pack(name, type).outcomes]).toEqual([name, OUTCOME.VANISHED])
  })

  it('does not hide a mistake of the program', async () => {
    await using world = await createWorld(() => {
      throw new RangeError('a mistake')
    })
    writeFileSync(world.path('file'), 'x')
    expect(() => world.pack('file', FILE)).toThrow('a mistake')
  })
})

import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createFileBackend } from '@tercet/backend-file'
import { createMemoryBackend } from '@tercet/backend-memory'
import { systemClock } from '@tercet/interface'
import { compose, metrics, readOnly, retry, throttle, timeout } from '@tercet/storage-layers'
import { createFaults } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { backup } from '../../src/backup/backup.ts'
import { entries, versions } from '../../src/browse/browse.ts'
import { compareSource } from '../../src/browse/compare-source.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'

const VOLUME = 'duplicati-b0123456789abcdef0123456789abcdef.dblock.zip'

/** The folder that holds source, destination and catalog. */
const top = (world: BackupWorld) => dirname(world.source)

/** Paths of the newest version below that folder. */
function stored(world: BackupWorld): string[] {
  return [...entries(world.context)].map(({ path }) => path.slice(top(world).length)).sort()
}

const isVolume = (path: string) => /\.(dblock|dindex|dlist)\./.test(path)

describe('a destination inside a source', () => {
  it('is not backed up into itself, and neither are catalog and spool', async () => {
    await using world = await createBackupWorld()
    world.write('a', 'content')
    const sources = [top(world)]
    expect(await world.backUp({ sources })).toMatchObject({ outcome: 'success', addedFiles: 1 })
    // The spool makes a folder beside them, which changes the time of the folder above, and nothing else.
    for (let run = 0; run < 2; run++)
      expect(await world.backUp({ sources })).toMatchObject({
        addedFiles: 0,
        readFiles: 0,
        modifiedFolders: 1
      })
    expect(stored(world)).toEqual(['/', '/destination/', '/source/', '/source/a'])
    expect([...(await compareSource(world.context, { sources }))].map(({ path }) => path)).toEqual([])
  })

  it('keeps what others have in its folder, below it, and in a folder of the same name', async () => {
    await using world = await createBackupWorld()
    const sources = [top(world)]
    writeFileSync(join(world.destination, 'letter.txt'), 'mine')
    mkdirSync(join(world.destination, 'photos'))
    writeFileSync(join(world.destination, 'photos', VOLUME), 'a copy of something')
    world.write(`destination/${VOLUME}`, 'of another backup')
    await world.backUp({ sources })
    writeFileSync(join(world.destination, 'later.txt'), 'mine too')
    expect(await world.backUp({ sources })).toMatchObject({ addedFiles: 1 })
    expect(stored(world)).toEqual([
      '/',
      '/destination/',
      '/destination/later.txt',
      '/destination/letter.txt',
      '/destination/photos/',
      `/destination/photos/${VOLUME}`,
      '/source/',
      '/source/destination/',
      `/source/destination/${VOLUME}`
    ])
  })

  it('leaves out unfinished uploads, the list of volumes, and volumes of a second backup', async () => {
    await using world = await createBackupWorld()
    const names = [
      '.tercet-put-0123456789abcdef01234567.tmp',
      'laptop-verification.json',
      'laptop-b0123456789abcdef0123456789abcdef.dblock.zip.aes',
      'laptop-b0123456789abcdef0123456789abcdef.dblock.zip.aes.par2',
      'laptop-20250101T000000Z.dlist.zip.aes'
    ]
    for (const name of names) writeFileSync(join(world.destination, name), '')
    await world.backUp({ sources: [top(world)] })
    expect(stored(world)).toEqual(['/', '/destination/', '/source/'])
  })

  it('is known by whatever way the walk comes to it', async () => {
    await using world = await createBackupWorld()
    const elsewhere = `${top(world)}-elsewhere`
    world.write('a', 'content')
    renameSync(world.destination, world.path('kept'))
    symlinkSync(world.path('kept'), world.destination) // the destination is opened through a link
    symlinkSync(top(world), elsewhere) // and so is the source
    try {
      const sources = [join(elsewhere, 'source')]
      await world.backUp({ sources })
      expect(await world.backUp({ sources })).toMatchObject({ hasChanges: false })
      const paths = [...entries(world.context)].map(({ path }) => path.slice(elsewhere.length)).sort()
      expect(paths).toEqual(['/source/', '/source/a', '/source/kept/'])
      const followed = await world.backUp({ sources: [top(world)], symlinkPolicy: 'follow' })
      expect(followed.version).toBeDefined()
      expect(stored(world)).toContain('/destination/')
      expect(stored(world).filter(isVolume)).toEqual([])
    } finally {
      unlinkSync(elsewhere)
    }
  })

  it('is left out of listed files too', async () => {
    await using world = await createBackupWorld()
    world.write('a', 'content')
    await world.backUp({ sources: [top(world)] })
    const letter = join(world.destination, 'letter.txt')
    writeFileSync(letter, 'mine')
    const changedFiles = [letter, ...(await world.volumes()).map((name) => join(world.destination, name))]
    for (const sources of [[top(world)], [world.destination]]) {
      await world.backUp({ sources, changedFiles })
      expect(stored(world)).toContain('/destination/letter.txt')
      expect(stored(world).filter(isVolume)).toEqual([])
    }
  })

  it('loses its volumes again where an earlier version holds some', async () => {
    await using world = await createBackupWorld()
    const sources = [top(world)]
    world.write('a', 'content')
    const backend = createFileBackend({ path: world.destination })
    const unaware = Object.create(backend, { localFolder: { value: undefined } }) as typeof backend
    for (const content of ['1', '2']) {
      world.write('b', content)
      await world.clock.advance(1000)
      const bound = new Proxy(backend, {
        get: (inner, key) => {
          const value = Reflect.get(key === 'localFolder' ? unaware : inner, key)
          return typeof value === 'function' ? value.bind(inner) : value
        }
      })
      await backup({ ...world.context, backend: bound }, { sources, blockSizeBytes: 1024 })
    }
    expect(stored(world).some(isVolume)).toBe(true) // so it is the folder that makes the difference
    await world.backUp({ sources })
    expect(stored(world)).toEqual(['/', '/destination/', '/source/', '/source/a', '/source/b'])
  })
})

describe('a destination that is the source, or lies around it', () => {
  it('leaves out its volumes and nothing else of the source', async () => {
    await using world = await createBackupWorld()
    writeFileSync(join(world.destination, 'letter.txt'), 'mine')
    const sources = [world.destination]
    await world.backUp({ sources })
    expect(stored(world)).toEqual(['/destination/', '/destination/letter.txt'])
    expect(await world.backUp({ sources })).toMatchObject({ hasChanges: false })
    expect(versions(world.context)).toHaveLength(1)
  })

  it('takes a source below it whole', async () => {
    await using world = await createBackupWorld()
    const source = join(world.destination, 'documents')
    mkdirSync(source)
    for (const name of ['letter.txt', VOLUME]) writeFileSync(join(source, name), name)
    await world.backUp({ sources: [source] })
    expect(stored(world).map((path) => basename(path))).toEqual(['documents', VOLUME, 'letter.txt'])
  })
})

describe('the folder of a backend', () => {
  it('is told through every layer', () => {
    const backend = createFileBackend({ path: '/some/where' })
    const layers = [timeout(), retry(), throttle({ uploadBytesPerSecond: 1 }), metrics(), readOnly()]
    const composed = compose(backend, ...layers)
    const faulty = createFaults({ clock: systemClock }).layer(composed)
    for (const one of [backend, composed, faulty]) expect(one.localFolder?.path).toBe('/some/where')
  })

  it('is not there where no files are', () => {
    expect(createMemoryBackend().localFolder).toBeUndefined()
  })
})

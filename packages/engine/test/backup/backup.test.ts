import {
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { bytesAccess } from '@tercet/crypto'
import type { StorageLayer } from '@tercet/interface'
import { createRandom, observed } from '@tercet/testkit-faults'
import { openVolume } from '@tercet/volume-format'
import { describe, expect, it } from 'vitest'
import type { BackupOptions, PathList } from '../../src/backup/backup-options.ts'
import { entries } from '../../src/browse/browse.ts'
import { type BackupWorld, type BackupWorldOptions, createBackupWorld } from '../support/backup-world.ts'

const random = createRandom(11)

function noise(bytes: number): Uint8Array {
  return random.bytes(bytes)
}

/** A little of everything, with files at the borders of blocks and blocklists. */
function fill(world: BackupWorld): void {
  for (const size of [0, 1, 1023, 1024, 1025, 32 * 1024, 32 * 1024 + 1, 70_000])
    world.write(`sizes/${size}`, noise(size))
  world.write('text.txt', 'a line of text\n'.repeat(300))
  world.write('same-1', 'same content')
  world.write('deep/er/and/deeper/same-2', 'same content')
  mkdirSync(world.path('empty'))
  symlinkSync('text.txt', world.path('link'))
  symlinkSync('deep', world.path('link-to-folder'))
  symlinkSync('nowhere', world.path('dangling'))
  linkSync(world.path('text.txt'), world.path('hard'))
  chmodSync(world.path('same-1'), 0o640)
  utimesSync(world.path('same-1'), 1_600_000_000.25, 1_600_000_000.5)
  lutimesSync(world.path('link'), 1_500_000_000, 1_500_000_000)
}

async function expectExact(world: BackupWorld, trees: Awaited<ReturnType<BackupWorld['tree']>>[]) {
  for (const [version, tree] of trees.entries()) {
    expect(await world.differences(version, tree)).toEqual([])
    expect(await world.differencesFromDestination(version, tree)).toEqual([])
  }
  await world.checkFormat()
}

describe('a first backup', () => {
  const variants: [string, BackupWorldOptions, Partial<BackupOptions>][] = [
    ['plain', {}, {}],
    ['encrypted', { passphrase: 'correct horse' }, {}],
    ['with two threads', { passphrase: 'correct horse', workers: 2 }, {}],
    ['with large blocks', {}, { blockSizeBytes: 100 * 1024 }],
    ['with blocks that are no multiple of a hash', {}, { blockSizeBytes: 1100 }],
    ['with two hash algorithms', {}, { blockHash: 'SHA1', fileHash: 'SHA512' }],
    ['deflated', {}, { compression: { method: 'deflate', level: 6 } }],
    ['stored', {}, { compression: { method: 'none' } }],
    ['with a lookup index', {}, { indexPolicy: 'lookup' }],
    ['without an index', {}, { indexPolicy: 'none' }],
    ['with another prefix', {}, { prefix: 'laptop' }]
  ]
  it.each(variants)(
    '%s comes back exactly, also from the destination alone',
    async (_what, options, chosen) => {
      await using world = await createBackupWorld(options)
      fill(world)
      const tree = await world.tree()
      const result = await world.backUp(chosen)
      expect(result).toMatchObject({ outcome: 'success', isNewDestination: true, issueCount: 0 })
      expect(result.version).toMatchObject({ isPartial: false })
      expect(await world.differences(0, tree)).toEqual([])
      if (chosen.prefix === undefined) expect(await world.differencesFromDestination(0, tree)).toEqual([])
      await world.checkFormat()
    }
  )

  it('counts what it stored and makes one volume of each type', async () => {
    await using world = await createBackupWorld()
    fill(world)
    const result = await world.backUp()
    expect(result).toMatchObject({ addedFiles: 12, addedFolders: 7, addedSymlinks: 3, modifiedFiles: 0 })
    const volumes = await world.volumes()
    expect(volumes.map((name) => name.split('.')[1])).toEqual(['dlist', 'dblock', 'dindex'])
    expect(volumes[0]).toBe('duplicati-20250301T120001Z.dlist.zip')
  })

  it('fills several volumes and keeps the order dblock, dindex, dlist', async () => {
    const puts: string[] = []
    const layer: StorageLayer = (inner) =>
      observed(inner, ({ name, path }, moment) => {
        if (name === 'put' && moment === 'after') puts.push(path!.split('.')[1]!)
      })
    await using world = await createBackupWorld({ layer })
    for (let index = 0; index < 5; index++) world.write(`f${index}`, noise(700 * 1024))
    await world.backUp({ volumeSizeBytes: 1024 * 1024, uploadConcurrency: 1 })
    expect(puts.at(-1)).toBe('dlist')
    expect(puts.filter((type) => type === 'dlist')).toHaveLength(1)
    const pairs = puts.slice(0, -1)
    expect(pairs.length).toBeGreaterThanOrEqual(6)
    pairs.forEach((type, index) => {
      expect(type).toBe(index % 2 === 0 ? 'dblock' : 'dindex')
    })
    await expectExact(world, [await world.tree()])
  })
})

describe('further backups', () => {
  it('makes no version when nothing changed, and reads no file', async () => {
    await using world = await createBackupWorld({ passphrase: 'p' })
    fill(world)
    await world.backUp()
    const volumes = await world.volumes()
    const result = await world.backUp()
    expect(result).toMatchObject({ outcome: 'success', hasChanges: false, readFiles: 0, storedBytes: 0 })
    expect(result.version).toBeUndefined()
    expect(await world.volumes()).toEqual(volumes)
  })

  it('makes one all the same when asked to', async () => {
    await using world = await createBackupWorld()
    fill(world)
    const tree = await world.tree()
    await world.backUp()
    const result = await world.backUp({ uploadUnchanged: true })
    expect(result).toMatchObject({ hasChanges: false, version: { isPartial: false } })
    await expectExact(world, [tree, tree])
  })

  it('stores what changed and nothing else', async () => {
    await using world = await createBackupWorld()
    fill(world)
    const first = await world.tree()
    await world.backUp()
    world.write('text.txt', 'another text')
    chmodSync(world.path('same-1'), 0o600)
    rmSync(world.path('sizes/1024'))
    rmSync(world.path('link'))
    mkdirSync(world.path('link'))
    world.write('link/inside', 'now a folder')
    renameSync(world.path('deep'), world.path('moved'))
    world.write('new/file', noise(5000))
    const second = await world.tree()
    const result = await world.backUp()
    expect(result).toMatchObject({ outcome: 'success', hasChanges: true })
    expect(result.storedBytes).toBeLessThan(20_000)
    await expectExact(world, [second, first])
    rmSync(world.path('link'), { recursive: true })
    writeFileSync(world.path('link'), 'and now a file')
    const third = await world.tree()
    await world.backUp()
    await expectExact(world, [third, second, first])
  })

  it('notices a change that keeps size and modification time', async () => {
    await using world = await createBackupWorld()
    world.write('file', 'before')
    utimesSync(world.path('file'), 1_600_000_000, 1_600_000_000)
    await world.backUp()
    world.write('file', 'after!')
    utimesSync(world.path('file'), 1_600_000_000, 1_600_000_000)
    const result = await world.backUp()
    expect(result.modifiedFiles).toBe(1)
    await expectExact(world, [await world.tree()])
  })

  it('reads everything when asked to, and finds nothing new', async () => {
    await using world = await createBackupWorld()
    fill(world)
    await world.backUp()
    const result = await world.backUp({ changeDetection: 'read-all' })
    expect(result).toMatchObject({ hasChanges: false, readFiles: 12, storedBytes: 0 })
    expect(result.version).toBeUndefined()
  })

  it('reads only what changed when the catalog was recreated', async () => {
    await using world = await createBackupWorld()
    fill(world)
    await world.backUp()
    world.catalog.close()
    rmSync(world.catalogPath)
    const again = await world.reopen()
    await using _ = again
    const { recreateCatalog } = await import('../../src/recreate/recreate-catalog.ts')
    await recreateCatalog(again.context)
    const result = await again.backUp()
    expect(result).toMatchObject({ hasChanges: false, storedBytes: 0 })
    // The signatures were taken over: the next run need not even look at metadata.
    const statements = again.catalog.statementCount
    await again.backUp()
    expect(again.catalog.statementCount - statements).toBeLessThan(40)
  })
})

describe('sources and names', () => {
  it('stores whatever names a file can have', async () => {
    await using world = await createBackupWorld()
    const names = [
      '-dash',
      '__proto__',
      'constructor',
      'new\nline',
      'tab\t',
      'quote"\\',
      'é'.normalize('NFC'),
      'é'.normalize('NFD'),
      '\u{1f600}',
      '\uff5e',
      '\u2028',
      ' ',
      'x'.repeat(255)
    ]
    for (const name of names) world.write(`names/${name}`, name)
    await world.backUp()
    await expectExact(world, [await world.tree()])
    expect((await world.backUp()).hasChanges).toBe(false)
  })

  it('warns about a name that is not UTF-8 and stores the rest', async () => {
    await using world = await createBackupWorld()
    world.write('fine', 'x')
    writeFileSync(Buffer.concat([Buffer.from(`${world.source}/`), Buffer.from([0xff, 0xfe])]), 'x')
    const result = await world.backUp()
    expect(result.outcome).toBe('warning')
    expect(result.issues.map(({ code }) => code)).toEqual(['SOURCE_NAME_NOT_UTF8'])
    expect(result.addedFiles).toBe(1)
  })

  it('keeps the entries of a source that is missing', async () => {
    await using world = await createBackupWorld()
    world.write('a/one', '1')
    world.write('b/two', '2')
    const sources = [world.path('a'), world.path('b')]
    await world.backUp({ sources })
    renameSync(world.path('b'), `${world.source}-away`)
    world.write('a/three', '3')
    const result = await world.backUp({ sources })
    expect(result.outcome).toBe('warning')
    expect(result.issues.map(({ code }) => code)).toEqual(['SOURCE_MISSING'])
    const paths = [...world.catalog.entries.of({ seq: world.catalog.filesets.versions()[0]!.seq })].map(
      ({ path }) => path.slice(world.source.length + 1)
    )
    expect(paths.sort()).toEqual(['a/', 'a/one', 'a/three', 'b/', 'b/two'])
    await world.checkFormat()
    const stale = (version: number) =>
      [...entries(world.context, { version })].filter(({ isStale }) => isStale).map(({ path }) => path)
    expect([stale(0), stale(1)]).toEqual([[`${world.path('b')}/`, world.path('b/two')], []])
    expect(result.version).toMatchObject({ isPartial: false, carriedOver: 2 })
    renameSync(`${world.source}-away`, world.path('b'))
    await world.backUp({ sources })
    expect(stale(0)).toEqual([])
    await world.checkFormat()
  })

  it('drops a source that is not asked for any more', async () => {
    await using world = await createBackupWorld()
    world.write('a/one', '1')
    world.write('b/two', '2')
    await world.backUp({ sources: [world.path('a'), world.path('b')] })
    const result = await world.backUp({ sources: [world.path('b')] })
    expect(result).toMatchObject({ hasChanges: true, deletedFiles: 1, deletedFolders: 1 })
    const newest = world.catalog.filesets.versions()[0]!
    const paths = [...world.catalog.entries.of({ seq: newest.seq })].map(({ path }) => path)
    expect(paths.sort()).toEqual([`${world.path('b')}/`, world.path('b/two')])
  })

  it.each<[string, (list: string[], file: string) => PathList]>([
    ['in a list', (list) => list],
    [
      'in a file',
      (list, listFile) => {
        writeFileSync(listFile, `${list.join('\r\n')}\n\n`)
        return { listFile }
      }
    ],
    [
      'one by one',
      async function* (list) {
        yield* list
      }
    ]
  ])('looks only at the files it is told of, %s', async (_form, listed) => {
    await using world = await createBackupWorld()
    for (const name of ['a', 'b', 'c']) world.write(name, name)
    await world.backUp()
    world.write('a', 'changed')
    world.write('b', 'changed unnoticed')
    rmSync(world.path('c'))
    const result = await world.backUp({
      changedFiles: listed([world.path('a')], `${world.source}.changed`),
      deletedFiles: listed([world.path('c')], `${world.source}.deleted`)
    })
    expect(result).toMatchObject({ modifiedFiles: 1, deletedFiles: 1, examinedFiles: 1 })
    const newest = world.catalog.filesets.versions()[0]!
    expect(world.catalog.entries.find(world.path('b'), newest.seq)!.size).toBe(1)
    expect(world.catalog.entries.find(world.path('c'), newest.seq)).toBeUndefined()
  })
})

describe('what travels along', () => {
  it('carries control files and refuses one that is not there', async () => {
    await using world = await createBackupWorld()
    world.write('file', 'x')
    const control = `${world.source}-control.txt`
    writeFileSync(control, 'remember me')
    await world.backUp({ controlFiles: [control] })
    const list = (await world.volumes()).find((name) => name.includes('.dlist.'))!
    const bytes = readFileSync(`${world.destination}/${list}`)
    const volume = openVolume(bytesAccess(bytes), list, {})
    expect(volume.type === 'dlist' && [...volume.controlFiles()].map(({ name }) => name)).toEqual(
      ['control.txt'].map((name) => `source-${name}`)
    )
    await expect(world.backUp({ controlFiles: ['/nowhere'] })).rejects.toMatchObject({
      code: 'BACKUP_CONTROL_FILE_UNREADABLE'
    })
  })

  it('warns when there is no file at all', async () => {
    await using world = await createBackupWorld()
    mkdirSync(world.path('empty'))
    expect((await world.backUp()).issues.map(({ code }) => code)).toEqual(['BACKUP_NO_FILES'])
  })

  it('reads all again when metadata is stored that was not before', async () => {
    await using world = await createBackupWorld()
    world.write('file', 'x')
    await world.backUp({ storeMetadata: false })
    const result = await world.backUp()
    expect(result).toMatchObject({ hasChanges: true, modifiedFiles: 1 })
    expect(await world.differences(0, await world.tree())).toEqual([])
    expect((await world.backUp()).hasChanges).toBe(false)
  })
})

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { compareTrees, describeTree, type TreeEntry } from '@tercet/testkit-data'
import { describe, expect, it } from 'vitest'
import { openTemporaryContext } from '../src/recreate/open-temporary-context.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { readFile } from '../src/restore/read-file.ts'
import { restore } from '../src/restore/restore.ts'
import type { PlanRestoreOptions } from '../src/restore/restore-options.ts'
import { flipByte, volumesBySize } from './support/damage.ts'
import { type FixtureContext, openRecreatedFixture } from './support/fixture-context.ts'

async function run(opened: FixtureContext, options: PlanRestoreOptions) {
  const plan = await planRestore(opened.context, options)
  return { plan, result: await restore(opened.context, plan) }
}

const isTemporary = (name: string): boolean => name.includes('.tercet-')

function everything(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
}

const file = (opened: FixtureContext, name: string): string => `${opened.fixture.info.source}/${name}`

function fileIn(tree: TreeEntry[], least: number): TreeEntry {
  const found = tree.find(
    (entry) => entry.type === 'file' && (entry.size ?? 0) >= least && !/[*?[{]/.test(entry.path)
  )
  if (found === undefined) throw new Error('The fixture has no such file')
  return found
}

describe('restore', () => {
  it('works in threads as it does without', async () => {
    await using opened = await openRecreatedFixture('aes-v2', 2)
    const to = opened.fixture.folder.join('out')
    const { result } = await run(opened, { to, permissions: true })
    expect(result).toMatchObject({ outcome: 'success', failed: 0, version: 0 })
    expect(compareTrees(opened.fixture.expectedTree(0), await describeTree(to))).toEqual([])
    expect(everything(to).filter(isTemporary)).toEqual([])
  })

  it('fetches each needed volume once, and no other', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    const { plan, result } = await run(opened, { to: opened.fixture.folder.join('out') })
    expect(result.fetchedVolumes).toBe(plan.volumesToFetch.length)
    expect(result.fetchedBytes).toBe(plan.bytesToFetch)
    const one = fileIn(opened.fixture.expectedTree(0), 1)
    const single = await run(opened, {
      include: [file(opened, one.path)],
      to: opened.fixture.folder.join('one')
    })
    expect(single.result.fetchedVolumes).toBeLessThanOrEqual(2)
    expect(single.result.files).toBe(1)
  })

  it('restores one file to a new name', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const one = fileIn(opened.fixture.expectedTree(0), 2000)
    const toFile = opened.fixture.folder.join('new', 'name.bin')
    await run(opened, { include: [file(opened, one.path)], toFile })
    expect(statSync(toFile).size).toBe(one.size)
    await expect(planRestore(opened.context, { toFile })).rejects.toMatchObject({
      code: 'RESTORE_NOT_ONE_FILE'
    })
  })

  it('needs nothing when everything is there already', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const to = opened.fixture.folder.join('out')
    await run(opened, { to, permissions: true })
    const again = await run(opened, { to, permissions: true })
    expect(again.plan.presentFiles).toBe(again.plan.files)
    expect(again.plan.bytesToWrite).toBe(0)
    expect(again.result.outcome).toBe('success')
    expect(compareTrees(opened.fixture.expectedTree(0), await describeTree(to))).toEqual([])
  })

  it('gives another name to what differs, and accepts it the next time', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const one = fileIn(opened.fixture.expectedTree(0), 2000)
    const to = opened.fixture.folder.join('out')
    const name = one.path.split('/').at(-1) as string
    mkdirSync(to, { recursive: true })
    writeFileSync(join(to, name), 'mine')
    const options = { include: [file(opened, one.path)], to }
    await run(opened, options)
    expect(readFileSync(join(to, name), 'utf8')).toBe('mine')
    expect(readdirSync(to)).toHaveLength(2)
    const other = readdirSync(to).find((each) => each !== name) as string
    expect(other).toMatch(/\.\d{4}-\d{2}-\d{2}/)
    expect(statSync(join(to, other)).size).toBe(one.size)
    const again = await run(opened, options)
    expect(again.plan.presentFiles).toBe(1)
    expect(readdirSync(to)).toHaveLength(2)
  })

  it.each(['overwrite', 'patch-in-place'] as const)(
    '%s: replaces, taking equal blocks from what is there',
    async (overwrite) => {
      await using opened = await openRecreatedFixture('plain-zip')
      const to = opened.fixture.folder.join('out')
      await run(opened, { to, permissions: true })
      const largest = opened.fixture
        .expectedTree(0)
        .filter((entry) => entry.type === 'file')
        .sort((a, b) => (b.size ?? 0) - (a.size ?? 0))[0] as TreeEntry
      const path = join(to, largest.path)
      const bytes = readFileSync(path)
      bytes[0] = (bytes[0] as number) ^ 1
      writeFileSync(path, Buffer.concat([bytes, Buffer.from('tail')]))
      const inode = statSync(path).ino
      const { result } = await run(opened, { to, permissions: true, overwrite })
      expect(result.issues).toEqual([])
      expect(statSync(path).ino === inode).toBe(overwrite === 'patch-in-place')
      expect(compareTrees(opened.fixture.expectedTree(0), await describeTree(to))).toEqual([])
    }
  )

  it('never deletes a folder for a link or a file, and follows no link', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const tree = opened.fixture.expectedTree(0)
    const to = opened.fixture.folder.join('out')
    const link = tree.find((entry) => entry.type === 'symlink') as TreeEntry
    const outside = opened.fixture.folder.join('outside')
    mkdirSync(join(to, link.path, 'kept'), { recursive: true })
    const folder = tree.find(
      (entry) => entry.type === 'folder' && entry.path !== '.' && !entry.path.includes('/')
    ) as TreeEntry
    mkdirSync(outside)
    symlinkSync(outside, join(to, folder.path))
    const { result } = await run(opened, { to, overwrite: 'overwrite' })
    expect(existsSync(join(to, link.path, 'kept'))).toBe(true)
    expect(readdirSync(outside)).toEqual([])
    expect(lstatSync(join(to, folder.path)).isSymbolicLink()).toBe(true)
    expect(result.outcome).toBe('error')
    expect(new Set(result.issues.map(({ code }) => code))).toContain('RESTORE_PATH_UNSAFE')
  })

  it.each(['rename', 'overwrite'] as const)(
    'restores all but what a file in place of a folder hides: %s',
    async (overwrite) => {
      await using opened = await openRecreatedFixture('plain-zip')
      const to = opened.fixture.folder.join('out')
      mkdirSync(to)
      writeFileSync(join(to, 'small'), 'a file')
      const before = statSync(join(to, 'small'))
      const { plan, result } = await run(opened, { to, overwrite, permissions: true })
      const lost = opened.fixture.expectedTree(0).filter(({ path }) => path.startsWith('small'))
      expect(result.issues).toHaveLength(lost.length)
      expect(result).toMatchObject({ failed: lost.length, folders: plan.folders - 1 })
      for (const { code, path } of result.issues)
        expect([code, path]).toEqual(['RESTORE_CONFLICT', expect.stringContaining('/small')])
      expect(readFileSync(join(to, 'small'), 'utf8')).toBe('a file')
      const { mode, mtimeMs } = statSync(join(to, 'small'))
      expect([mode, mtimeMs]).toEqual([before.mode, before.mtimeMs])
      const restored = await describeTree(to)
      const differences = compareTrees(opened.fixture.expectedTree(0), restored)
      expect(
        differences.filter(({ path }) => path !== 'small' && !path.startsWith('small/') && path !== '.')
      ).toEqual([])
    }
  )

  it('15.23 restores links as they were, those that lead outside included', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const to = opened.fixture.folder.join('out')
    await run(opened, { to })
    const links = opened.fixture.expectedTree(0).filter((entry) => entry.type === 'symlink')
    expect(links.length).toBeGreaterThan(0)
    for (const link of links) expect(readlinkSync(join(to, link.path))).toBe(link.target)
  })

  it('keeps the name of a selected folder', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const to = opened.fixture.folder.join('out')
    await run(opened, { include: [file(opened, 'small/')], to })
    expect(readdirSync(to)).toEqual(['small'])
  })

  it('15.43 restores from the destination alone, one version of it', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    await using alone = await openTemporaryContext(opened.context, { version: 2 })
    expect(alone.recreated).toMatchObject({ versions: 1, fetchedDblocks: 0 })
    expect(alone.recreated.fetchedVolumes).toBe(
      1 + volumesBySize(opened.fixture.destination, 'dindex').length
    )
    const to = opened.fixture.folder.join('out')
    const plan = await planRestore(alone.context, { to, permissions: true })
    const result = await restore(alone.context, plan)
    expect(result.issues).toEqual([])
    expect(compareTrees(opened.fixture.expectedTree(2), await describeTree(to))).toEqual([])
  })

  it('writes nothing in a dry run', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const to = opened.fixture.folder.join('out')
    const plan = await planRestore(opened.context, { to })
    expect(await restore(opened.context, plan, { dryRun: true })).toMatchObject({
      dryRun: true,
      fetchedVolumes: 0
    })
    expect(existsSync(to)).toBe(false)
  })

  it('leaves no temporary file after an abort, and rejects with its reason', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    const to = opened.fixture.folder.join('out')
    const plan = await planRestore(opened.context, { to })
    const controller = new AbortController()
    const reason = new Error('enough')
    const onEvent = (event: { type: string }): void => {
      if (event.type === 'fetch-end') controller.abort(reason)
    }
    await expect(restore(opened.context, plan, { signal: controller.signal, onEvent })).rejects.toBe(reason)
    expect(existsSync(to) ? everything(to).filter(isTemporary) : []).toEqual([])
  })

  it('refuses what it cannot do, with a code', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const { context } = opened
    const code = (code: string) => expect.objectContaining({ code })
    await expect(planRestore(context, { version: 99 })).rejects.toEqual(code('CATALOG_NO_SUCH_VERSION'))
    await expect(planRestore(context, { time: '10Y' })).rejects.toEqual(code('CATALOG_NO_SUCH_VERSION'))
    await expect(planRestore(context, { version: 0, time: 'now' })).rejects.toEqual(code('CONFIG_CONFLICT'))
    await expect(planRestore(context, { include: ['no such file'] })).rejects.toEqual(
      code('RESTORE_NOTHING_SELECTED')
    )
    await expect(planRestore(context, { include: ['[(]'] })).rejects.toEqual(code('FILTER_INVALID'))
    await expect(planRestore(context, { inclde: ['x'] } as never)).rejects.toEqual(code('CONFIG_UNKNOWN_KEY'))
    const plan = await planRestore(context, { to: opened.fixture.folder.join('out') })
    await expect(restore(context, { ...plan, bytesToWrite: 2 ** 60 })).rejects.toEqual(
      code('RESTORE_NO_SPACE')
    )
  })

  it.each(['taken', 'taken/below/that'])('says that its place is behind a file: %s', async (place) => {
    await using opened = await openRecreatedFixture('plain-zip')
    const { folder } = opened.fixture
    writeFileSync(folder.join('taken'), 'mine')
    await expect(run(opened, { to: folder.join(place) })).rejects.toMatchObject({
      code: 'RESTORE_TARGET_UNUSABLE',
      message: expect.stringContaining(folder.join(place))
    })
    expect(readFileSync(folder.join('taken'), 'utf8')).toBe('mine')
  })
})

describe('restore of a damaged destination', () => {
  it.each(['flipped', 'missing'] as const)('costs only the files that need the %s volume', async (damage) => {
    await using opened = await openRecreatedFixture('aes-v2')
    const { destination, folder } = opened.fixture
    const to = folder.join('out')
    const { volumesToFetch } = await planRestore(opened.context, { version: 2, to })
    const victim = volumesBySize(destination, 'dblock').find((name) =>
      volumesToFetch.includes(name)
    ) as string
    if (damage === 'flipped') flipByte(join(destination, victim))
    else rmSync(join(destination, victim))
    const { result } = await run(opened, { version: 2, to, permissions: true })
    const differences = compareTrees(opened.fixture.expectedTree(2), await describeTree(to))
    expect(result.outcome).toBe('error')
    const reported = result.issues.filter(({ severity }) => severity === 'error')
    expect(reported.length).toBeGreaterThan(0)
    expect(new Set(reported.map(({ volume }) => volume))).toEqual(new Set([victim]))
    const harmed = new Set(reported.map(({ path }) => path?.slice(opened.fixture.info.source.length + 1)))
    for (const { path } of differences) {
      const stored = path === '.' ? '' : path
      expect(harmed.has(stored) || harmed.has(`${stored}/`)).toBe(true)
    }
    expect(everything(to).filter(isTemporary)).toEqual([])
    expect(result.files).toBeGreaterThan(0)
  })

  it('uses the sound blocks of a damaged plain volume', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const { destination, folder } = opened.fixture
    flipByte(join(destination, volumesBySize(destination, 'dblock').at(-1) as string))
    const to = folder.join('out')
    const { result } = await run(opened, { version: 3, to, permissions: true })
    const differences = compareTrees(opened.fixture.expectedTree(3), await describeTree(to))
    expect(differences.length).toBeLessThan(20)
    expect(result.issues.length).toBeGreaterThan(0)
  })

  it('15.43 takes another copy of a block', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const { destination, folder } = opened.fixture
    const { catalog } = opened.context
    const victim = volumesBySize(destination, 'dblock').at(-1) as string
    const twin = 'duplicati-b0123456789abcdef0123456789abcdef.dblock.zip'
    writeFileSync(join(destination, twin), readFileSync(join(destination, victim)))
    const original = catalog.volumes.byName(victim)
    const volumeId = catalog.volumes.add({
      name: twin,
      type: 'dblock',
      state: 'uploaded',
      size: original?.size
    })
    for (const run of catalog.blocks.ofVolume(original?.id ?? -1)) {
      catalog.blocks.add({ ...run, volumeId, first: catalog.blocks.nextOrdinal() })
    }
    flipByte(join(destination, victim))
    const to = folder.join('out')
    const { result } = await run(opened, { version: 3, to, permissions: true })
    expect(compareTrees(opened.fixture.expectedTree(3), await describeTree(to))).toEqual([])
    expect(result).toMatchObject({ outcome: 'warning', failed: 0 })
  })

  it('tells a wrong passphrase from damage', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    for (const [passphrase, code] of [
      ['wrong', 'ENGINE_PASSPHRASE_WRONG'],
      [undefined, 'ENGINE_PASSPHRASE_MISSING']
    ] as const) {
      const plan = await planRestore(opened.context, { to: opened.fixture.folder.join('out') })
      await expect(restore({ ...opened.context, passphrase }, plan)).rejects.toMatchObject({ code })
    }
  })
})

describe('readFile', () => {
  it('yields exactly the bytes of a file', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    const to = opened.fixture.folder.join('out')
    await run(opened, { to })
    const largest = opened.fixture
      .expectedTree(0)
      .filter(({ type }) => type === 'file')
      .sort((a, b) => (b.size ?? 0) - (a.size ?? 0))[0] as TreeEntry
    const pieces = await Array.fromAsync(readFile(opened.context, { path: file(opened, largest.path) }))
    expect(Buffer.concat(pieces).equals(readFileSync(join(to, largest.path)))).toBe(true)
  })

  it('rejects for a file that is not there, and for one that is lost', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    const read = (path: string) => Array.fromAsync(readFile(opened.context, { path, version: 2 }))
    await expect(read('/nowhere')).rejects.toMatchObject({ code: 'RESTORE_FILE_NOT_FOUND' })
    const one = fileIn(opened.fixture.expectedTree(2), 2000)
    for (const name of volumesBySize(opened.fixture.destination, 'dblock')) {
      rmSync(join(opened.fixture.destination, name))
    }
    await expect(read(file(opened, one.path))).rejects.toMatchObject({ code: 'RESTORE_FILE_LOST' })
  })
})

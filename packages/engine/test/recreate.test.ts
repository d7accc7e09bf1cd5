import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFileBackend } from '@tercet/backend-file'
import { openCatalog } from '@tercet/core'
import type { StorageBackend } from '@tercet/interface'
import { compareTrees, createTemporaryFolder, describeTree } from '@tercet/testkit-data'
import { describe, expect, it } from 'vitest'
import { unreadableVersions } from '../src/common/unreadable-versions.ts'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { flipByte, volumesBySize } from './support/damage.ts'
import { type FixtureContext, openFixtureContext } from './support/fixture-context.ts'

const volumeCount = (folder: string, ...types: string[]): number =>
  types.reduce((sum, type) => sum + volumesBySize(folder, type).length, 0)

async function expectExact(opened: FixtureContext, version: number): Promise<void> {
  const to = opened.fixture.folder.join(`out-${version}`)
  const plan = await planRestore(opened.context, { version, to, permissions: true })
  expect((await restore(opened.context, plan)).issues).toEqual([])
  expect(compareTrees(opened.fixture.expectedTree(version), await describeTree(to))).toEqual([])
}

describe('recreateCatalog', () => {
  it('15.42 reads lists and indexes only, and nothing the second time', async () => {
    await using opened = await openFixtureContext('aes-v2')
    const { destination } = opened.fixture
    const first = await recreateCatalog(opened.context)
    expect(first).toMatchObject({ outcome: 'success', versions: 4, fetchedDblocks: 0, missingBlocks: 0 })
    expect(first.fetchedVolumes).toBe(volumeCount(destination, 'dlist', 'dindex'))
    expect(await recreateCatalog(opened.context)).toMatchObject({ versions: 0, fetchedVolumes: 0 })
  })

  it('goes on where it was interrupted, at whichever volume, and fetches only what is missing', async () => {
    await using sample = await openFixtureContext('aes-v2')
    const total = volumeCount(sample.fixture.destination, 'dlist', 'dindex')
    for (let stop = 0; stop < total; stop++) {
      using catalog = await openCatalog({ path: undefined })
      const context = { ...sample.context, catalog }
      const controller = new AbortController()
      const reason = new Error('stopped')
      let done = 0
      const onEvent = (event: { type: string }): void => {
        if (event.type === 'recreate-progress' && ++done === stop) controller.abort(reason)
      }
      if (stop === 0) controller.abort(reason)
      await expect(recreateCatalog(context, { signal: controller.signal, onEvent })).rejects.toBe(reason)
      const next = await recreateCatalog(context)
      expect(next.fetchedVolumes).toBe(total - stop)
      expect(next.outcome).toBe('success')
      expect(catalog.filesets.versions()).toHaveLength(4)
    }
  })

  it.each(['flipped', 'missing'] as const)('works around %s indexes by reading dblocks', async (damage) => {
    await using opened = await openFixtureContext('aes-v2')
    const { destination } = opened.fixture
    for (const name of volumesBySize(destination, 'dindex')) {
      if (damage === 'flipped') flipByte(join(destination, name))
      else rmSync(join(destination, name))
    }
    const result = await recreateCatalog(opened.context)
    expect(result).toMatchObject({ missingBlocks: 0, missingBlocklists: 0 })
    expect(result.fetchedDblocks).toBe(volumeCount(destination, 'dblock'))
    expect(result.outcome).toBe(damage === 'flipped' ? 'error' : 'success')
    for (const version of [0, 3]) await expectExact(opened, version)
  })

  it('never passes another version off as one whose list is damaged', async () => {
    await using opened = await openFixtureContext('aes-v2')
    const lists = volumesBySize(opened.fixture.destination, 'dlist').sort()
    const newest = lists.at(-1) as string
    flipByte(join(opened.fixture.destination, newest))
    expect(await recreateCatalog(opened.context)).toMatchObject({ outcome: 'error', versions: 3 })
    const [damaged, ...others] = unreadableVersions(opened.context)
    expect([damaged?.volume, others]).toEqual([newest, []])
    const refused = { code: 'ENGINE_VERSION_UNREADABLE' }
    await expect(planRestore(opened.context)).rejects.toMatchObject(refused)
    await expect(planRestore(opened.context, { time: damaged?.createdAt as Date })).rejects.toMatchObject(
      refused
    )
    const before = new Date(Number(damaged?.createdAt) - 1000)
    expect((await planRestore(opened.context, { time: before })).version.number).toBe(0)
    expect((await planRestore(opened.context, { version: 0 })).version.number).toBe(0)
  })

  it('15.41 reads only the dblocks that it has to when one index is missing', async () => {
    await using opened = await openFixtureContext('aes-v2')
    const { destination } = opened.fixture
    rmSync(join(destination, volumesBySize(destination, 'dindex')[0] as string))
    const result = await recreateCatalog(opened.context)
    expect(result.fetchedDblocks).toBe(1)
    await expectExact(opened, 0)
  })

  it('reports a damaged list, and takes it in between the others once it is mended', async () => {
    await using opened = await openFixtureContext('plain-zip')
    const { destination } = opened.fixture
    const [, second] = readdirSync(destination)
      .filter((name) => name.includes('.dlist.'))
      .sort() as [string, string]
    const aside = opened.fixture.folder.join('aside')
    renameSync(join(destination, second), aside)
    writeFileSync(join(destination, second), 'no archive')
    const damaged = await recreateCatalog(opened.context)
    expect(damaged).toMatchObject({ outcome: 'error', versions: 3 })
    expect(damaged.issues).toMatchObject([{ code: 'RECREATE_VOLUME_UNREADABLE', volume: second }])
    renameSync(aside, join(destination, second))
    expect(await recreateCatalog(opened.context)).toMatchObject({
      outcome: 'success',
      versions: 1,
      fetchedVolumes: 1
    })
    for (const version of [1, 2, 3]) await expectExact(opened, version)
  })

  it('reports volumes that are missing and needed', async () => {
    await using opened = await openFixtureContext('aes-v2')
    const { destination } = opened.fixture
    const victim = volumesBySize(destination, 'dblock').at(-1) as string
    rmSync(join(destination, victim))
    const result = await recreateCatalog(opened.context)
    expect(result.outcome).toBe('error')
    expect(result.missingBlocks).toBeGreaterThan(0)
    expect(result.issues).toContainEqual(
      expect.objectContaining({ code: 'RECREATE_VOLUME_MISSING', volume: victim, severity: 'error' })
    )
  })

  it('passes companions over', async () => {
    await using opened = await openFixtureContext('parity')
    const { destination } = opened.fixture
    expect(readdirSync(destination).some((name) => name.endsWith('.par2'))).toBe(true)
    const result = await recreateCatalog(opened.context)
    expect(result.fetchedVolumes).toBe(volumeCount(destination, 'dlist', 'dindex'))
  })
})

describe('recreateCatalog refuses', () => {
  async function onFiles(files: Record<string, string>, passphrase?: string) {
    const folder = await createTemporaryFolder('tercet-recreate-')
    const place = folder.join('destination')
    mkdirSync(place)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text)
    const backend: StorageBackend = createFileBackend({ path: place })
    const catalog = await openCatalog({ path: undefined })
    try {
      return await recreateCatalog({ backend, catalog, passphrase })
    } finally {
      catalog.close()
      await backend[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    }
  }

  const LIST = '20260101T000000Z.dlist.zip'
  it.each([
    [{}, 'RECREATE_DESTINATION_EMPTY'],
    [{ 'notes.txt': 'x' }, 'RECREATE_NO_BACKUP'],
    [{ [`other-${LIST}`]: 'x' }, 'RECREATE_OTHER_PREFIX'],
    [{ [`duplicati-${LIST}`]: 'x' }, 'RECREATE_NO_VERSION_READABLE'],
    [{ [`duplicati-${LIST}.aes`]: 'x' }, 'ENGINE_PASSPHRASE_MISSING'],
    [{ 'duplicati-20260101T000000Z.dlist.7z': 'x' }, 'VOLUME_UNSUPPORTED_COMPRESSION'],
    [{ 'duplicati-20260101T000000Z.dlist.tgz': 'x' }, 'RECREATE_NO_VERSION_READABLE'],
    [{ [`duplicati-${LIST}.gpg`]: 'x' }, 'ENGINE_PASSPHRASE_MISSING']
  ])('%j with %s', async (files, code) => {
    await expect(onFiles(files)).rejects.toMatchObject({ code })
  })

  it('a wrong passphrase', async () => {
    await using opened = await openFixtureContext('aes-v2')
    await expect(recreateCatalog({ ...opened.context, passphrase: 'wrong' })).rejects.toMatchObject({
      code: 'ENGINE_PASSPHRASE_WRONG'
    })
    expect(opened.context.catalog.filesets.versions()).toEqual([])
  })

  it('a version that does not exist, and unknown options', async () => {
    await using opened = await openFixtureContext('plain-zip')
    await expect(recreateCatalog(opened.context, { version: 9 })).rejects.toMatchObject({
      code: 'CATALOG_NO_SUCH_VERSION'
    })
    await expect(recreateCatalog(opened.context, { prefx: 'a' } as never)).rejects.toMatchObject({
      code: 'CONFIG_UNKNOWN_KEY'
    })
  })
})

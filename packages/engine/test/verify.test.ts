import { rmSync, truncateSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StorageBackend } from '@tercet/interface'
import { describe, expect, it, vi } from 'vitest'
import { verify } from '../src/verify/verify.ts'
import { FIXTURES, openRecreatedFixture } from './support/fixture-context.ts'

const all = { samples: 'all' } as const

async function volumesOf(folder: string, type: string): Promise<string[]> {
  const names = (await readdir(folder)).filter(
    (name) => name.includes(`.${type}.`) && !name.endsWith('.par2')
  )
  return names.sort()
}

/** Changes one byte in the middle of a file. */
async function flip(path: string): Promise<void> {
  const bytes = await readFile(path)
  const middle = bytes.length >> 1
  bytes[middle] = (bytes[middle] as number) ^ 1
  await writeFile(path, bytes)
}

describe.each(FIXTURES)('verify of the undamaged destination %s', (name) => {
  it('finds nothing', async () => {
    await using opened = await openRecreatedFixture(name)
    const result = await verify(opened.context, all)
    expect(result.defects).toEqual([])
    expect(result.outcome).toBe('success')
    expect(result.verified).toBe(result.volumes)
    expect(result.verified).toBeGreaterThan(0)
  })
})

describe('verify', () => {
  it('finds flipped, truncated, missing and unknown volumes, and tells what they harm', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    const { destination } = opened.fixture
    const [flipped, truncated, missing] = (await volumesOf(destination, 'dblock')) as [string, string, string]
    const [list] = (await volumesOf(destination, 'dlist')) as [string]
    await flip(join(destination, flipped))
    truncateSync(join(destination, truncated), 1000)
    rmSync(join(destination, missing))
    await flip(join(destination, list))
    const stranger = 'duplicati-b0123456789abcdef0123456789abcdef.dblock.zip.aes'
    await writeFile(join(destination, stranger), 'x')
    const result = await verify(opened.context, all)
    expect(result.outcome).toBe('error')
    const codesOf = (volume: string) =>
      new Set(result.defects.filter((defect) => defect.volume === volume).map(({ code }) => code))
    expect(codesOf(flipped)).toContain('VOLUME_HASH_MISMATCH')
    expect(codesOf(truncated)).toContain('VERIFY_SIZE_MISMATCH')
    expect(codesOf(truncated)).not.toContain('VOLUME_SIZE_MISMATCH')
    expect(codesOf(missing)).toEqual(new Set(['VERIFY_VOLUME_MISSING']))
    expect(codesOf(list)).toContain('VOLUME_HASH_MISMATCH')
    expect(codesOf(stranger)).toEqual(new Set(['VERIFY_VOLUME_EXTRA']))
    expect(new Set(result.defects.map(({ volume }) => volume)).size).toBe(5)
    const states = new Map(result.damaged.map((each) => [each.volume, each.state]))
    expect([flipped, truncated, missing, list, stranger].map((each) => states.get(each))).toEqual([
      'unreadable',
      'unreadable',
      'missing',
      'damaged',
      'unknown'
    ])
    expect(result.damaged).toHaveLength(5)
    expect(result.damaged[0]).toMatchObject({ volume: list, type: 'dlist', listOf: expect.any(Date) })
    for (const { volume, defects } of result.damaged)
      for (const { message } of defects) expect(message).not.toContain(volume)
    for (const { volume, message } of result.defects) expect(message.split(volume), message).toHaveLength(2)
    const harmed = result.defects.find(({ volume }) => volume === missing)
    expect(harmed?.affectedFiles.length).toBeGreaterThan(0)
    expect(harmed?.affectedVersions.length).toBeGreaterThan(0)
    const oldest = opened.context.catalog.filesets.versions().length - 1
    expect(result.defects.find(({ volume }) => volume === list)?.affectedVersions).toEqual([oldest])
  })

  it.each(
    ['plain-zip', 'aes-v2', 'zip-zstd'].flatMap((name) =>
      ['dlist', 'dindex', 'dblock'].map((type) => [name, type] as const)
    )
  )('finds one flipped byte in %s, in a %s, and blames that volume alone', async (name, type) => {
    await using opened = await openRecreatedFixture(name)
    const { destination } = opened.fixture
    const victim = (await volumesOf(destination, type)).at(-1) as string
    await flip(join(destination, victim))
    for (const depth of ['content', 'hash'] as const) {
      const { outcome, defects } = await verify(opened.context, { samples: 'all', depth })
      expect([outcome, new Set(defects.map(({ volume }) => volume))]).toEqual(['error', new Set([victim])])
    }
  })

  it('names the damaged block of a plain volume, and only the files that need it', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const { destination } = opened.fixture
    const [largest] = (
      await Promise.all(
        (
          await volumesOf(destination, 'dblock')
        ).map(async (name) => ({
          name,
          bytes: (await readFile(join(destination, name))).length
        }))
      )
    ).sort((a, b) => b.bytes - a.bytes)
    await flip(join(destination, largest?.name ?? ''))
    const result = await verify(opened.context, all)
    const blocks = result.defects.filter(({ code }) => code === 'VERIFY_BLOCK_DAMAGED')
    expect(blocks).toHaveLength(1)
    expect(blocks[0]?.affectedFiles.length).toBeGreaterThan(0)
    expect(blocks[0]?.affectedFiles.length).toBeLessThan(50)
  })

  it('checks sizes and hashes only where that is asked for', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    const result = await verify(opened.context, { samples: 'all', depth: 'hash' })
    expect(result.outcome).toBe('success')
  })

  it('takes the samples that were verified least', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    const { catalog } = opened.context
    const counts = (): number[] =>
      [...catalog.volumes.all({ type: 'dblock' })].map((volume) => volume.verifiedCount)
    const total = counts().length
    for (let run = 0; run < total; run++) await verify(opened.context, { samples: 1, random: () => 0.5 })
    expect(counts()).toEqual(counts().map(() => 1))
  })

  it('checks of all lists that of one version, where one is named', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const { catalog } = opened.context
    const seen: string[] = []
    const onEvent = (event: { readonly type: string; readonly name?: string }) => {
      if (event.type === 'verify-volume-end' && event.name?.includes('.dlist.')) seen.push(event.name)
    }
    const [newest, before] = catalog.filesets.versions()
    const nameOf = (id: number | undefined) => catalog.volumes.byId(id!)?.name
    await verify(opened.context, { ...all, version: 1, onEvent })
    await verify(opened.context, { ...all, time: new Date(newest!.time * 1000), onEvent })
    expect(seen).toEqual([nameOf(before!.volumeId), nameOf(newest!.volumeId)])
    await expect(verify(opened.context, { ...all, version: 99 })).rejects.toMatchObject({
      code: 'CATALOG_NO_SUCH_VERSION'
    })
  })

  it('leaves out what is archived', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const { backend, catalog } = opened.context
    const archived: StorageBackend = new Proxy(backend, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key)
        if (key !== 'list') return typeof member === 'function' ? member.bind(target) : member
        return async function* (options: object) {
          for await (const entry of target.list(options))
            yield { ...entry, archived: entry.path.includes('.dblock.') }
        }
      }
    })
    const result = await verify({ ...opened.context, backend: archived }, all)
    expect(result.defects).toEqual([])
    const counts = (type: 'dblock' | 'dindex') =>
      [...catalog.volumes.all({ type })].map(({ verifiedCount }) => verifiedCount)
    expect(new Set(counts('dblock'))).toEqual(new Set([0]))
    expect(new Set(counts('dindex'))).toEqual(new Set([1]))
  })

  it.each([true, false])(
    'samples what was verified least, and all whose hash is unknown (%s)',
    async (isUnknown) => {
      await using opened = await openRecreatedFixture('plain-zip')
      const { volumes } = opened.context.catalog
      const [doubtful, ...others] = [...volumes.all({ type: 'dblock' })]
      volumes.markVerified([doubtful?.id ?? -1]) // so that a sample of one would be another
      const all = volumes.all.bind(volumes)
      vi.spyOn(volumes, 'all').mockImplementation(function* (only) {
        for (const volume of all(only))
          yield isUnknown && volume.id === doubtful?.id ? { ...volume, hash: undefined } : volume
      })
      const result = await verify(opened.context, { samples: 1 })
      expect(result.defects).toEqual([])
      const counts = [...all({ type: 'dblock' })].map(({ verifiedCount }) => verifiedCount)
      expect(counts[0]).toBe(isUnknown ? 2 : 1)
      expect(counts.slice(1).reduce((sum, count) => sum + count, 0)).toBe(1)
      expect(others.length).toBeGreaterThan(1)
    }
  )

  it('has content as the default depth', async () => {
    await using opened = await openRecreatedFixture('plain-zip')
    const { catalog } = opened.context
    const [list] = [...catalog.volumes.all({ type: 'dlist' })]
    const fileset = catalog.filesets.all().find(({ volumeId }) => volumeId === list?.id)
    catalog.filesets.remove(fileset?.seq ?? -1)
    const result = await verify(opened.context, { samples: 'all' })
    expect(result.defects.map(({ code }) => code)).toEqual(['VERIFY_VERSION_UNKNOWN'])
  })

  it('refuses a wrong passphrase and none', async () => {
    await using opened = await openRecreatedFixture('aes-v2')
    await expect(verify({ ...opened.context, passphrase: 'wrong' }, all)).rejects.toMatchObject({
      code: 'ENGINE_PASSPHRASE_WRONG'
    })
    await expect(verify({ ...opened.context, passphrase: undefined }, all)).rejects.toMatchObject({
      code: 'ENGINE_PASSPHRASE_MISSING'
    })
  })

  it.each([{ samples: -1 }, { samples: 'some' }, { blockShare: 2 }, { depth: 'deep' }])(
    'refuses %j',
    async (options) => {
      await using opened = await openRecreatedFixture('plain-zip')
      await expect(verify(opened.context, options as never)).rejects.toMatchObject({
        code: 'CONFIG_INVALID_VALUE'
      })
    }
  )
})

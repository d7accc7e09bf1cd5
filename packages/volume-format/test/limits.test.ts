import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { bytesAccess, createAesCryptKeyring } from '@tercet/crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReadLimits } from '../src/index.ts'
import { entries, utf8 } from './entries.ts'
import { goodVolume } from './good-volume.ts'
import { hostileMessages, hostileTars, solidTar } from './hostile-solid-volumes.ts'
import { type HostileVolume, hostileVolumes, manifest, stored } from './hostile-volumes.ts'
import { rawZip } from './raw-zip.ts'
import { readEverything } from './read-everything.ts'

interface Result {
  readonly what: string
  readonly sizeBytes: number
  readonly codes: string[]
  readonly defects: string[]
  readonly mib: number
}

const GROUPS: readonly (readonly [string, () => Iterable<HostileVolume>])[] = [
  ['zip', hostileVolumes],
  ['gzip', () => [...hostileTars()].filter(({ what }) => what.startsWith('tgz'))],
  ['Zstandard', () => [...hostileTars()].filter(({ what }) => what.startsWith('tzstd'))],
  ['OpenPGP', hostileMessages]
]
const folder = mkdtempSync(join(tmpdir(), 'tercet-hostile-'))
beforeAll(() => {
  for (const [group, volumes] of GROUPS) {
    const stored = Array.from(volumes(), ({ what, name, bytes }) => ({
      what,
      name,
      base64: Buffer.from(bytes).toString('base64')
    }))
    writeFileSync(join(folder, group), JSON.stringify(stored))
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Reads the volumes of a group, or the one of this name, in a process of their own. */
function readInProcess(platform: string, environment: object, group: string, only?: string): Result[] {
  const program = fileURLToPath(new URL('./hostile-memory.ts', import.meta.url))
  const node = ['--expose-gc', '--conditions=@tercet/source', '--disable-warning=ExperimentalWarning']
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...node, program, platform, join(folder, group), ...(only === undefined ? [] : [only])],
    { encoding: 'utf8', env: { ...process.env, ...environment }, timeout: 240_000 }
  )
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Result[]
}

describe.each([
  ['node', {}, 64],
  ['node without native calls', { TERCET_NO_NATIVE: '1' }, 64],
  // What plain JavaScript leaves for the collector comes on top.
  ['portable', {}, 160]
] as const)('volumes of at most 10 KiB, %s codecs', (platform, environment, mostMib) => {
  test.each(GROUPS.map(([group]) => group))('%s: take bounded memory, and each ends with a code', (group) => {
    const results = readInProcess(platform, environment, group)
    expect(results.length).toBeGreaterThan(9)
    for (const { what, sizeBytes, codes, defects } of results) {
      expect([what, sizeBytes <= 10 * 1024, defects]).toEqual([what, true, []])
      // What a tar has that can be opened is not all asked for.
      if (!/^(?:OpenPGP: )?t(?:gz|zstd): /.test(what)) expect([what, codes.length > 0]).toEqual([what, true])
    }
    const together = results.at(-1)!.mib
    if (group === 'zip') expect(together).toBeLessThan(mostMib)
    // What solid archives leave for the collector adds up: where it does, each is measured by itself.
    if (together < mostMib) return
    const alone = results.flatMap(({ what }) => readInProcess(platform, environment, group, what))
    expect(alone.filter(({ mib }) => mib >= mostMib)).toEqual([])
  })
})

describe.each(entries)('limits, %s codecs', (_, format) => {
  const [name, bytes] = goodVolume()
  const open = (options?: Parameters<typeof format.openVolume>[2]) =>
    format.openVolume(bytesAccess(bytes), name, options)
  const exceeded = expect.objectContaining({ code: 'VOLUME_LIMIT_EXCEEDED' })

  test('a volume in good order is below all of them', async () => {
    expect(await readEverything(format, name, bytes)).toEqual({ codes: [], defects: [] })
  })

  test('entries, block size and inflation have limits that can be set', () => {
    expect(() => open({ limits: { maxEntries: 4 } })).toThrow(exceeded)
    expect(open({ limits: { maxEntries: 5 } }).type).toBe('dblock')
    expect(() => open({ limits: { maxBlocksize: 1024 } })).toThrow(
      expect.objectContaining({ code: 'VOLUME_BLOCKSIZE_LIMIT' })
    )
    expect(open({ limits: { maxBlocksize: 1024 }, settings: open().manifest }).type).toBe('dblock')
    expect(open({ limits: { maxInflationRatio: 0 } }).type).toBe('dblock')
  })

  test('a name longer than any is foreign', () => {
    expect(format.parseVolumeName(`${'a'.repeat(900)}-b00.dblock.zip`)).toBeDefined()
    expect(format.parseVolumeName(`${'a'.repeat(1100)}-b00.dblock.zip`)).toBeUndefined()
  })

  test('metadata longer than any is not read', () => {
    const hash = new Uint8Array(32)
    const entry = {
      type: 'Folder',
      path: '/a/',
      metaHash: hash,
      metaSize: 17 * 2 ** 20,
      metaBlocklists: hash
    } as const
    expect(() => format.metadataLayout(entry, format.DEFAULT_VOLUME_SETTINGS)).toThrow(exceeded)
    expect(format.metadataLayout({ ...entry, metaSize: 2 ** 21 }, format.DEFAULT_VOLUME_SETTINGS).kind).toBe(
      'lists'
    )
  })
})

test('iterations of key derivation have a limit that can be set', () => {
  const keyring = createAesCryptKeyring('secret', { maxIterations: 1000 })
  const header = { version: 3, publicIv: new Uint8Array(16) } as const
  expect(() => keyring.headerKey({ ...header, iterations: 1001 })).toThrow(
    expect.objectContaining({ code: 'CRYPTO_TOO_LARGE' })
  )
  expect(keyring.headerKey({ ...header, iterations: 1000 })).toHaveLength(32)
})

describe.each(entries)('limits of what is in a volume, %s codecs', (_, format) => {
  const exceeded = { code: 'VOLUME_LIMIT_EXCEEDED' }

  test('entries and inflation of solid archives have limits that can be set', async () => {
    const bytes = gzipSync(solidTar(3))
    const open = (limits?: Partial<ReadLimits>) =>
      format.openAnyVolume(bytesAccess(bytes), 'duplicati-b00.dblock.tgz', { limits })
    expect((await open()).type).toBe('dblock')
    expect((await open({ maxEntries: 4 })).type).toBe('dblock')
    await expect(open({ maxEntries: 3 })).rejects.toMatchObject(exceeded)
    const overlapping = gzipSync(solidTar(3, 23e6))
    const inflated = (limits?: Partial<ReadLimits>) =>
      format.openAnyVolume(bytesAccess(overlapping), 'duplicati-b00.dblock.tgz', { limits })
    await expect(inflated({ maxInflationRatio: 1 })).rejects.toMatchObject(exceeded)
  })

  test('the same holds for zip archives that are opened as any kind', async () => {
    const [name, bytes] = goodVolume()
    const open = (limits: Partial<ReadLimits>) => format.openAnyVolume(bytesAccess(bytes), name, { limits })
    await expect(open({ maxEntries: 4 })).rejects.toMatchObject(exceeded)
    expect((await open({ maxEntries: 5 })).type).toBe('dblock')
  })

  test('an index, an entry of a file list, its depth and its path', async () => {
    const index = rawZip([
      stored('manifest', manifest()),
      stored(`vol/duplicati-b00.dblock.zip`, utf8('{"blocks":[],"volumehash":null,"volumesize":7}'))
    ])
    const volumes = (limits: Partial<ReadLimits>) => {
      const reader = format.openVolume(bytesAccess(index), 'duplicati-i00.dindex.zip', { limits })
      if (reader.type !== 'dindex') throw new TypeError('no dindex')
      return { found: [...reader.volumes()], problems: reader.problems.map(({ code }) => code) }
    }
    expect(volumes({})).toMatchObject({ found: [{ volumeSize: 7 }], problems: [] })
    expect(volumes({ maxListBytes: 20 })).toEqual({ found: [], problems: ['VOLUME_LIMIT_EXCEEDED'] })

    const list = async (json: string, limits: Partial<ReadLimits>) => {
      const bytes = rawZip([stored('manifest', manifest()), stored('filelist.json', utf8(json))])
      const codes: string[] = []
      const reader = format.openVolume(bytesAccess(bytes), 'duplicati-20250702T080000Z.dlist.zip', { limits })
      if (reader.type !== 'dlist') throw new TypeError('no dlist')
      try {
        for await (const batch of reader.entries({ onProblem: ({ code }) => codes.push(code) }))
          codes.push(...batch.map(({ path }) => path))
      } catch (error) {
        codes.push((error as { code: string }).code)
      }
      return codes
    }
    const folder = (path: string) =>
      `{"type":"Folder","path":"${path}","metahash":"${'A'.repeat(43)}=","metasize":1}`
    expect(await list(`[${folder('/a/')},${folder('/abcdef/')}]`, { maxPathLength: 4 })).toEqual([
      '/a/',
      'VOLUME_LIMIT_EXCEEDED'
    ])
    const long = `["${'x'.repeat(400_000)}"]`
    expect(await list(long, { maxEntryBytes: 150_000 })).toEqual(['VOLUME_LIMIT_EXCEEDED'])
    expect(await list(long, {})).toEqual(['VOLUME_ENTRY_INVALID'])
    const deep = `[${'['.repeat(5)}"${'x'.repeat(200_000)}"${']'.repeat(5)}]`
    expect(await list(deep, { maxJsonDepth: 4 })).toEqual(['VOLUME_LIST_INVALID'])
    expect(await list(deep, { maxJsonDepth: 5 })).toEqual(['VOLUME_ENTRY_INVALID'])
  })
})

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bytesAccess, createAesCryptKeyring } from '@tercet/crypto'
import { describe, expect, test } from 'vitest'
import { entries } from './entries.ts'
import { goodVolume } from './good-volume.ts'
import { readEverything } from './read-everything.ts'

interface Result {
  readonly what: string
  readonly sizeBytes: number
  readonly codes: string[]
  readonly defects: string[]
  readonly mib: number
}

describe.each([
  ['node', {}, 64],
  ['node without native calls', { TERCET_NO_NATIVE: '1' }, 64],
  // What plain JavaScript leaves for the collector comes on top.
  ['portable', {}, 160]
] as const)('volumes of at most 10 KiB, %s codecs', (platform, environment, mostMib) => {
  test('take bounded memory, all together, and each ends with a code', () => {
    const program = fileURLToPath(new URL('./hostile-memory.ts', import.meta.url))
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        '--expose-gc',
        '--conditions=@tercet/source',
        '--disable-warning=ExperimentalWarning',
        program,
        platform
      ],
      { encoding: 'utf8', env: { ...process.env, ...environment }, timeout: 240_000 }
    )
    expect(stderr).toBe('')
    const results = JSON.parse(stdout) as Result[]
    expect(results.length).toBeGreaterThan(15)
    for (const { what, sizeBytes, codes, defects } of results) {
      expect([what, sizeBytes <= 10 * 1024, codes.length > 0, defects]).toEqual([what, true, true, []])
    }
    const taken = results.map(({ what, mib }) => `${what}: ${mib} MiB`)
    expect(results.at(-1)!.mib, taken.join('\n')).toBeLessThan(mostMib)
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

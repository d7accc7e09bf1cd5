/** Destinations that Duplicati wrote: every volume is read whole, and every file of every version is put together. */
import { readdirSync } from 'node:fs'
import {
  type AesCryptKeyring,
  createAesCryptKeyring,
  createHasher,
  hashBytes,
  hashSizeBytes,
  openFileAccess,
  toBase64
} from '@tercet/crypto'
import { openFixture } from '@tercet/testkit-data'
import { afterAll, describe, expect, test } from 'vitest'
import type { DblockReader, StreamLayout, VolumeProblem, VolumeSettings } from '../src/index.ts'
import { classifyRemoteName, decodeMetadata, decodeVerificationFile, parseVolumeName } from '../src/index.ts'
import { entries } from './entries.ts'

const everywhere = ['plain-zip', 'aes-v2', 'aes-v3', 'mixed-methods', 'hashes-384-1']
const onNode = [
  'aes-v2-passphrase',
  'zip-zstd',
  'index-lookup',
  'index-none',
  'prefix',
  'skip-metadata',
  'deleted-compacted',
  'purged',
  'interrupted',
  'large-blocks',
  'control-files',
  'odd-block',
  'hashes',
  'parity'
]

const cases = entries.flatMap(([platform, format]) =>
  [...everywhere, ...(platform === 'node' ? onNode : [])].map((name) => [name, platform, format] as const)
)

describe.each(cases)('%s, %s codecs', (name, _platform, format) => {
  const { info, destination, expectedTree } = openFixture(name)
  const keyring: AesCryptKeyring | undefined =
    info.passphrase === undefined ? undefined : createAesCryptKeyring(info.passphrase)
  const prefix = name === 'prefix' ? prefixOf(destination) : 'duplicati'
  const volumes = readdirSync(destination).filter(
    (file) => classifyRemoteName(file, { prefix }).kind === 'volume'
  )
  const files = new Map(volumes.map((file) => [file, openFileAccess(`${destination}/${file}`)]))
  const ofType = (type: string) => volumes.filter((file) => parseVolumeName(file)?.type === type).sort()
  afterAll(() => {
    for (const file of files.values()) file.close()
  })

  function openAll<Reader>(type: string, open: (file: string) => Reader): Reader[] {
    return ofType(type).map(open)
  }
  const access = (file: string) => files.get(file)!
  const newest = ofType('dlist').at(-1)!
  const settings: VolumeSettings = format.openDlist(access(newest), newest, { keyring }).manifest
  const dblocks = openAll('dblock', (file) => format.openDblock(access(file), file, { keyring, settings }))
  const dindexes = openAll('dindex', (file) =>
    format.openDindex(access(file), file, { keyring, settings, hashAlgorithm: settings.fileHash })
  )

  const findBlock = blockFinder(dblocks)

  test('every block has the content that its name says', () => {
    let count = 0
    for (const dblock of dblocks) {
      for (let block = 0; block < dblock.count; block++) {
        expect(dblock.readBlock(block)).toHaveLength(dblock.sizes[block]!)
        count++
      }
      expect(dblock.problems).toEqual([])
      expect(dblock.recovered).toBe(false)
    }
    expect(count).toBeGreaterThan(300)
  })

  test('every dindex describes its dblock exactly', () => {
    if (name === 'index-none') expect(dindexes).toEqual([])
    for (const dindex of dindexes) {
      const described = [...dindex.volumes()]
      expect(described).toHaveLength(1)
      for (const volume of described) {
        const file = access(volume.name)
        expect(volume.volumeSize).toBe(file.size)
        const dblock = dblocks.find((candidate) => candidate.name.name === volume.name)!
        const remote = format.openDblock(file, volume.name, {
          keyring,
          settings,
          expected: { sizeBytes: volume.volumeSize, hash: volume.volumeHash }
        })
        expect(remote.count).toBe(dblock.count)
        expect(volume.count).toBe(dblock.count)
        const hashSize = volume.hashes.length / volume.count
        for (let i = 0; i < volume.count; i++) {
          const block = dblock.find(volume.hashes, i * hashSize)
          expect(dblock.sizes[block]).toBe(volume.sizes[i])
        }
      }
      const lists = [...dindex.lists()]
      if (name === 'index-lookup') expect(lists).toEqual([])
      for (const { hash } of lists) expect(findBlock(hash)).toBeDefined()
      expect(dindex.problems).toEqual([])
    }
  })

  const versions = ofType('dlist').reverse()

  test('there are as many versions as there should be', () => {
    expect(versions).toHaveLength(info.versions)
  })

  test.each(versions.map((file, version) => [version, file] as const))(
    'version %i holds exactly the files it should',
    async (version, file) => {
      const dlist = format.openDlist(access(file), file, { keyring, settings })
      const problems: VolumeProblem[] = []
      const list = (await Array.fromAsync(dlist.entries({ onProblem: (p) => problems.push(p) }))).flat()
      expect(problems).toEqual([])
      const inSource = new Map(list.map((entry) => [relative(info.source, entry.path), entry]))
      const content = contentReader(findBlock, settings)
      for (const expected of expectedTree(version)) {
        const entry = inSource.get(expected.path)
        expect(entry, expected.path).toBeDefined()
        if (expected.type === 'file') {
          const { size, sha256 } = content.digest(format.contentLayout(entry!, settings))
          expect([expected.path, size, sha256]).toEqual([expected.path, expected.size, expected.sha256])
        }
        const blob = content.bytes(format.metadataLayout(entry!, settings))
        const metadata = decodeMetadata(blob)
        if (expected.type === 'symlink') expect(metadata.get('CoreSymlinkTarget')).toBe(expected.target)
        if (name === 'skip-metadata') expect([2, 5, 0]).toContain(Math.min(blob.length, 5))
        else expect(metadata.get('unix:uid-gid-perm')).toMatch(/^\d+-\d+-\d+$/)
      }
      expect(inSource.size).toBe(list.length)
      expect(list.length).toBeGreaterThanOrEqual(expectedTree(version).length)
    }
  )
})

test('control files and the verification file of a fixture', () => {
  const [, [, format]] = entries as [unknown, (typeof entries)[0]]
  const { info, destination } = openFixture('control-files')
  const keyring = info.passphrase === undefined ? undefined : createAesCryptKeyring(info.passphrase)
  const dlists = readdirSync(destination).filter((file) => file.includes('.dlist.'))
  const controls = dlists.flatMap((file) => {
    using access = openFileAccess(`${destination}/${file}`)
    return [...format.openDlist(access, file, { keyring }).controlFiles()]
  })
  expect(controls.length).toBeGreaterThan(0)
  for (const { name, bytes } of controls) expect([name.length, bytes.length]).not.toContain(0)

  using file = openFileAccess(`${destination}/duplicati-verification.json`)
  const records = decodeVerificationFile(file.read(0, file.size))
  const present = records.filter((record) => record.state !== 'deleted')
  expect(present.length).toBeGreaterThan(3)
  for (const record of present) {
    using access = openFileAccess(`${destination}/${record.name}`)
    expect(access.size).toBe(record.sizeBytes)
    expect(toBase64(hashBytes('SHA256', access.read(0, access.size)))).toBe(toBase64(record.hash!))
  }
})

function prefixOf(destination: string): string {
  const [first] = readdirSync(destination)
  return parseVolumeName(first!)!.prefix
}

function relative(source: string, path: string): string {
  const inside = path.slice(source.length).replace(/^\//, '').replace(/\/$/, '')
  return inside === '' ? '.' : inside
}

/** Blocks of one destination by their hash; each is read and verified once. */
function blockFinder(dblocks: readonly DblockReader[]): (hash: Uint8Array) => Uint8Array | undefined {
  const known = new Map<string, Uint8Array>()
  return (hash) => {
    const key = toBase64(hash)
    for (const dblock of known.has(key) ? [] : dblocks) {
      const block = dblock.find(hash)
      if (block < 0) continue
      known.set(key, new Uint8Array(dblock.readBlock(block)))
      break
    }
    return known.get(key)
  }
}

function contentReader(findBlock: (hash: Uint8Array) => Uint8Array | undefined, settings: VolumeSettings) {
  const hashSize = hashSizeBytes(settings.blockHash)
  function* blocksOf(layout: StreamLayout): Iterable<Uint8Array> {
    if (layout.kind === 'block') yield findBlock(layout.blockHash)!
    if (layout.kind !== 'lists') return
    for (let at = 0; at < layout.blocklists.length; at += hashSize) {
      const list = findBlock(layout.blocklists.subarray(at, at + hashSize))!
      for (let i = 0; i < list.length; i += hashSize) yield findBlock(list.subarray(i, i + hashSize))!
    }
  }
  function verified(layout: StreamLayout, use: (block: Uint8Array) => void): number {
    const hasher = createHasher(settings.fileHash)
    let size = 0
    for (const block of blocksOf(layout)) {
      size += block.length
      hasher.update(block)
      use(block)
    }
    expect(size).toBe(layout.sizeBytes)
    expect(toBase64(hasher.digest())).toBe(toBase64(layout.hash))
    return size
  }
  return {
    digest(layout: StreamLayout) {
      const sha256 = createHasher('SHA256')
      const size = verified(layout, (block) => sha256.update(block))
      return { size, sha256: Buffer.from(sha256.digest()).toString('hex') }
    },
    bytes(layout: StreamLayout): Uint8Array {
      const parts: Uint8Array[] = []
      verified(layout, (block) => parts.push(new Uint8Array(block)))
      return new Uint8Array(Buffer.concat(parts))
    }
  }
}

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileBackend } from '@tercet/backend-file'
import { createMemoryBackend } from '@tercet/backend-memory'
import { hashBytes } from '@tercet/crypto'
import { bytesSource, type StorageBackend } from '@tercet/interface'
import { createFaults, createRandom } from '@tercet/testkit-faults'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BlockStoreOptions, type Catalog, createBlockStore, openCatalog } from '../src/index.ts'

const random = createRandom(17)
let folder: string
let catalog: Catalog

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tercet-blocks-'))
  catalog = await openCatalog({ path: join(folder, 'catalog.sqlite') })
})
afterEach(() => {
  catalog.close()
  rmSync(folder, { recursive: true, force: true })
})

const SMALL = { blockSizeBytes: 64 * 1024, volumeSizeBytes: 256 * 1024 } as const
const open = (backend: StorageBackend, options: Partial<BlockStoreOptions> = {}) =>
  createBlockStore({ backend, catalog, spoolFolder: folder, ...SMALL, ...options })
const text = (content: string) => new TextEncoder().encode(content)
const spools = () => readdirSync(folder).filter((name) => name.startsWith('tercet-spool'))
const names = async (backend: StorageBackend) =>
  (await Array.fromAsync(backend.list())).map(({ path }) => path).sort()

describe.each([undefined, 'three lines'])('a block store with the passphrase %s', (passphrase) => {
  it('gives back what was put, stores it once, and knows it the next time', async () => {
    const backend = createMemoryBackend()
    const blocks = Array.from({ length: 40 }, (_, index) => random.bytes(1 + index * 1600))
    const hashes: Uint8Array[] = []
    {
      await using store = await open(backend, { passphrase })
      for (const block of [...blocks, ...blocks]) hashes.push(await store.put(block))
      expect(hashes[3]).toEqual(new Uint8Array(hashBytes('SHA256', blocks[3]!)))
      expect(hashes.slice(0, 40)).toEqual(hashes.slice(40))
      expect(await store.get(hashes[39]!)).toEqual(blocks[39]) // not flushed before
      await store.flush()
      expect(store.count).toBe(40)
    }
    const stored = await names(backend)
    expect(stored.filter((name) => name.includes('.dblock.')).length).toBeGreaterThan(3)
    await using store = await open(backend, { passphrase })
    for (const [index, block] of blocks.entries()) {
      expect(await store.get(hashes[index]!)).toEqual(block)
      await store.put(block)
    }
    await store.flush()
    expect(await names(backend)).toEqual(stored)
  })

  it('finds everything again when the catalog is lost, also without the dindexes', async () => {
    const backend = createMemoryBackend()
    const blocks = Array.from({ length: 12 }, () => random.bytes(50_000))
    await backend.put('letter.txt', bytesSource(text('of somebody else')))
    {
      await using store = await open(backend, { passphrase })
      for (const block of blocks) await store.put(block)
    }
    for (const withIndexes of [true, false]) {
      if (!withIndexes)
        await backend.deleteMany((await names(backend)).filter((name) => name.includes('.dindex.')))
      using empty = await openCatalog({ path: undefined })
      await using store = await open(backend, { passphrase, catalog: empty })
      expect(store.count).toBe(blocks.length)
      for (const block of blocks) expect(await store.get(hashBytes('SHA256', block))).toEqual(block)
    }
  })
})

describe('a block store', () => {
  it('reads many blocks of a volume from one fetch, and leaves nothing in the spool', async () => {
    const backend = createMemoryBackend()
    const faults = createFaults()
    const blocks = Array.from({ length: 200 }, () => random.bytes(5000))
    const store = await open(faults.layer(backend))
    for (const block of blocks) await store.put(block)
    await store.flush()
    const fetched = () => faults.calls.filter(({ method }) => method === 'get').length
    const before = fetched()
    for (const block of blocks) await store.get(hashBytes('SHA256', block))
    const volumes = (await names(backend)).filter((name) => name.includes('.dblock.')).length
    expect(fetched() - before).toBe(volumes)
    // From all sides at once, more volumes than are kept open.
    const all = await Promise.all(blocks.map((block) => store.get(hashBytes('SHA256', block))))
    expect(all).toEqual(blocks)
    await store[Symbol.asyncDispose]()
    expect(spools()).toEqual([])
    await expect(store.put(text('late'))).rejects.toMatchObject({ code: 'BLOCK_STORE_CLOSED' })
  })

  it('uses the files of a local destination where they lie', async () => {
    const backend = createFileBackend({ path: join(folder, 'destination') })
    await backend.createFolder('')
    await using store = await open(backend)
    const hash = await store.put(text('to be'))
    expect(new TextDecoder().decode(await store.get(hash))).toBe('to be')
  })

  it('goes on after a failure: what was flushed is safe, what was not can be put again', async () => {
    const backend = createMemoryBackend()
    const kept = random.bytes(3000)
    const lost = random.bytes(3000)
    const faults = createFaults().fail('put', { nth: 3, error: 'STORAGE_FULL' })
    const store = await open(faults.layer(backend))
    await store.put(kept)
    await store.flush()
    await store.put(lost)
    await expect(store.flush()).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    await expect(store.put(lost)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    await store[Symbol.asyncDispose]()
    expect(spools()).toEqual([])
    faults.assertAllUsed()
    await using again = await open(backend)
    expect(await again.get(hashBytes('SHA256', kept))).toEqual(kept)
    await expect(again.get(hashBytes('SHA256', lost))).rejects.toMatchObject({ code: 'BLOCK_NOT_FOUND' })
    await again.put(lost)
    await again.flush()
    expect(await again.get(hashBytes('SHA256', lost))).toEqual(lost)
  })

  it('stores anew what was in a volume that is gone, and says what is damaged', async () => {
    const backend = createMemoryBackend()
    const [first, second] = [random.bytes(3000), random.bytes(3000)]
    {
      await using store = await open(backend)
      await store.put(first)
      await store.flush()
      await store.put(second)
    }
    const [gone, damaged] = (await names(backend)).filter((name) => name.includes('.dblock.'))
    await backend.delete(gone!)
    const bytes = Buffer.concat(await Array.fromAsync(backend.get(damaged!)))
    bytes[bytes.indexOf(Buffer.from([0x50, 0x4b, 3, 4]), 4) + 200]! ^= 1
    await backend.put(damaged!, bytesSource(bytes))
    await using store = await open(backend)
    const found = await Promise.allSettled(
      [first, second].map((block) => store.get(hashBytes('SHA256', block)))
    )
    expect(found.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(found.map((one) => (one.status === 'rejected' ? one.reason.code : '')).sort()).toEqual([
      'BLOCK_NOT_FOUND',
      expect.stringMatching(/^VOLUME_/)
    ])
    for (const block of [first, second]) await store.put(block)
    await store.flush()
    const again = await Promise.allSettled(
      [first, second].map((block) => store.get(hashBytes('SHA256', block)))
    )
    expect(again.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('refuses what cannot be: a wrong passphrase, other settings, a foreign catalog, volumes of another one', async () => {
    const backend = createMemoryBackend()
    {
      await using store = await open(backend, { passphrase: 'right' })
      await store.put(text('to be'))
    }
    const code = (expected: string) => expect.objectContaining({ code: expected })
    await expect(open(backend, { passphrase: 'wrong' })).rejects.toEqual(code('CRYPTO_WRONG_PASSPHRASE'))
    await expect(open(backend)).rejects.toEqual(code('BLOCK_STORE_MISMATCH'))
    await expect(open(backend, { passphrase: 'right', blockSizeBytes: 2048 })).rejects.toEqual(
      code('BLOCK_STORE_MISMATCH')
    )
    await expect(open(backend, { passphrase: 'right', blocks: 1 } as never)).rejects.toEqual(
      code('CONFIG_UNKNOWN_KEY')
    )
    await expect(open(backend, { volumeSizeBytes: 1024 })).rejects.toEqual(code('CONFIG_CONFLICT'))
    using other = await openCatalog({ path: undefined })
    other.settings.set('prefix', 'duplicati')
    await expect(open(backend, { passphrase: 'right', catalog: other })).rejects.toEqual(
      code('BLOCK_STORE_MISMATCH')
    )
    using stale = await openCatalog({ path: undefined })
    await (await open(createMemoryBackend(), { passphrase: 'right', catalog: stale }))[Symbol.asyncDispose]()
    await expect(open(backend, { passphrase: 'right', catalog: stale })).rejects.toEqual(
      code('DESTINATION_UNKNOWN_VOLUMES')
    )
    expect(spools()).toEqual([])
    expect(existsSync(folder)).toBe(true)
  })

  it('refuses blocks and hashes of impossible size', async () => {
    await using store = await open(createMemoryBackend())
    await expect(store.put(new Uint8Array(0))).rejects.toThrow(RangeError)
    await expect(store.put(new Uint8Array(SMALL.blockSizeBytes + 1))).rejects.toThrow(RangeError)
    await expect(store.put('text' as never)).rejects.toThrow(TypeError)
    await expect(store.get(new Uint8Array(5))).rejects.toThrow(RangeError)
    const reason = new Error('enough')
    await expect(store.put(text('x'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(store.get(new Uint8Array(32))).rejects.toMatchObject({ code: 'BLOCK_NOT_FOUND' })
    expect(store.count).toBe(0)
  })
})

import { type JobContext, openStoredVolume, type WorkerHost } from '@tercet/core'
import { type AesCryptKeyring, hashSizeBytes, toBase64 } from '@tercet/crypto'
import { isTercetError } from '@tercet/interface'
import type { DblockReader, DindexReader, VolumeSettings } from '@tercet/volume-format'
import { HashTable } from '../common/hash-table.ts'
import { createVolumeKeyring, type KeySource } from '../common/volume-keys.ts'
import type { WorkerInit } from '../engine-pool.ts'
import { chooseIndexes, sampleSize } from './sampling.ts'

/** What the catalog knows of the blocks of a volume. */
export interface KnownBlocks {
  readonly hashes: Uint8Array
  readonly sizes: Uint32Array
}

export interface CheckJob {
  readonly path: string
  readonly name: string
  readonly expected: { readonly sizeBytes?: number | undefined; readonly hash?: Uint8Array | undefined }
  readonly settings: VolumeSettings
  /** Only size, hash and what opening verifies. */
  readonly hashOnly: boolean
  /** Of a dblock: share of its blocks to be read. */
  readonly blockShare: number
  /** Start of the choice of blocks. */
  readonly seed: number
  /** Of a dblock: its blocks. Of a dindex: the blocks of each dblock that it describes. */
  readonly known: readonly (KnownBlocks & { readonly name: string })[]
  /** Of a dindex: hashes of the blocklists that its dblocks hold, packed. */
  readonly blocklists: Uint8Array
}

/** One thing that is wrong with a volume. Plain data. */
export interface VolumeFault {
  readonly code: string
  readonly severity: 'warning' | 'error'
  readonly message: string
  /** Base64 of the hash of the block concerned. */
  readonly block?: string | undefined
}

export interface CheckResult {
  readonly faults: readonly VolumeFault[]
  /** Blocks that the volume should give and cannot, packed. */
  readonly lostBlocks: Uint8Array
  /** Nothing in the volume can be used. */
  readonly isUnusable: boolean
  readonly hash: Uint8Array | undefined
}

/** The jobs of `verify`. */
export function verifyJobs(host: WorkerHost) {
  const source: KeySource = host.init as WorkerInit
  let keyring: AesCryptKeyring | undefined
  return {
    'verify-volume': (job: CheckJob, context: JobContext): Promise<CheckResult> => {
      keyring ??= createVolumeKeyring(source)
      return new VolumeCheck(job, keyring, context).run()
    }
  }
}

export type VerifyJobs = ReturnType<typeof verifyJobs>

class VolumeCheck {
  readonly #job: CheckJob
  readonly #keyring: AesCryptKeyring | undefined
  readonly #context: JobContext
  readonly #faults: VolumeFault[] = []
  readonly #lost: Uint8Array[] = []
  readonly #width: number

  constructor(job: CheckJob, keyring: AesCryptKeyring | undefined, context: JobContext) {
    this.#job = job
    this.#keyring = keyring
    this.#context = context
    this.#width = hashSizeBytes(job.settings.blockHash)
  }

  async run(): Promise<CheckResult> {
    const first = await this.#attempt(this.#job.expected)
    if (first !== 'damaged') return this.#result(first, first === undefined)
    // Not what was stored; but what of it can be used still is of interest.
    return this.#result(undefined, (await this.#attempt({})) === undefined)
  }

  /** @returns the volume's hash; 'damaged' when it is not as expected; undefined when it cannot be opened */
  async #attempt(expected: CheckJob['expected']): Promise<Uint8Array | 'damaged' | undefined> {
    const { path, name, settings } = this.#job
    try {
      using reader = await openStoredVolume({
        path,
        name,
        keyring: this.#keyring,
        settings,
        expected,
        hashAlgorithm: settings.fileHash
      })
      if (reader.recovered)
        this.#add('VERIFY_DIRECTORY_BROKEN', 'error', 'the directory of its archive is broken')
      if (reader.type === 'dblock') this.#checkDblock(reader)
      else if (reader.type === 'dindex' && !this.#job.hashOnly) this.#checkDindex(reader)
      return reader.remoteHash ?? new Uint8Array()
    } catch (error) {
      this.#context.throwIfAborted()
      if (!isTercetError(error)) throw error
      const isMismatch = error.code === 'VOLUME_HASH_MISMATCH' || error.code === 'VOLUME_SIZE_MISMATCH'
      this.#add(error.code, 'error', error.message)
      return isMismatch ? 'damaged' : undefined
    }
  }

  #checkDblock(reader: DblockReader): void {
    const [known] = this.#job.known
    if (known === undefined) return
    const present: number[] = []
    const isKnown = new Uint8Array(reader.count)
    for (let i = 0; i < known.sizes.length; i++) {
      const block = reader.find(known.hashes, i * this.#width)
      if (block >= 0) isKnown[block] = 1
      if (block >= 0 && reader.sizes[block] === known.sizes[i]) {
        present.push(block)
        continue
      }
      const hash = known.hashes.subarray(i * this.#width, (i + 1) * this.#width)
      if (block < 0) this.#lose('VERIFY_BLOCK_MISSING', hash, 'is not in the volume')
      else {
        this.#lose(
          'VERIFY_BLOCK_MODIFIED',
          hash,
          `has ${reader.sizes[block]} bytes instead of ${known.sizes[i]}`
        )
      }
    }
    if (this.#job.hashOnly) return
    for (let block = 0; block < reader.count; block++) {
      if (isKnown[block] === 1) continue
      this.#addBlock('VERIFY_BLOCK_EXTRA', 'warning', reader.hashAt(block), 'is not known to the catalog')
    }
    this.#readBlocks(reader, present)
  }

  #readBlocks(reader: DblockReader, present: readonly number[]): void {
    for (const block of this.#sampleOf(present)) {
      this.#context.throwIfAborted()
      try {
        reader.readBlock(block)
      } catch (error) {
        if (!isTercetError(error)) throw error
        this.#lose('VERIFY_BLOCK_DAMAGED', reader.hashAt(block), `cannot be read: ${error.message}`)
      }
    }
  }

  /** In the order of the file. */
  #sampleOf(present: readonly number[]): readonly number[] {
    const count = sampleSize(present.length, this.#job.blockShare)
    if (count === present.length) return present
    return chooseIndexes(present.length, count, generator(this.#job.seed))
      .sort((a, b) => a - b)
      .map((index) => present[index] as number)
  }

  #checkDindex(reader: DindexReader): void {
    const described = new Set<string>()
    for (const volume of reader.volumes()) {
      described.add(volume.name)
      const known = this.#job.known.find(({ name }) => name === volume.name)
      if (known === undefined) {
        this.#add(
          'VERIFY_INDEX_EXTRA',
          'warning',
          `it describes ${volume.name}, which the catalog does not know`
        )
      } else this.#compareIndex(volume.name, volume, known)
    }
    for (const { name } of this.#job.known) {
      if (!described.has(name)) this.#add('VERIFY_INDEX_MISSING', 'error', `it does not describe ${name}`)
    }
    this.#checkLists(reader)
    for (const { code, message } of reader.problems) this.#add(code, 'error', message)
  }

  /** With copies of lists at all, it is an index that has to have all of them. */
  #checkLists(reader: DindexReader): void {
    const found = new HashTable(this.#width)
    for (const { hash } of reader.lists()) {
      this.#context.throwIfAborted()
      found.add(hash)
    }
    if (found.count === 0) return
    const { blocklists } = this.#job
    for (let at = 0; at < blocklists.length; at += this.#width) {
      if (found.find(blocklists, at) >= 0) continue
      const hash = blocklists.subarray(at, at + this.#width)
      this.#addBlock(
        'VERIFY_INDEX_LIST_MISSING',
        'warning',
        hash,
        'is a list of blocks that is not copied here'
      )
    }
  }

  #compareIndex(name: string, found: KnownBlocks, known: KnownBlocks): void {
    // As it was written, an index lists the blocks in the order of the catalog.
    if (isSameBlocks(found, known)) return
    const wanted = tableOf(known, this.#width)
    const listed = tableOf(found, this.#width)
    const report = (code: string, severity: 'warning' | 'error', hash: Uint8Array, why: string): void =>
      this.#addBlock(code, severity, hash, `${why} ${name}`)
    for (let i = 0; i < wanted.count; i++) {
      const at = listed.find(wanted.hashAt(i))
      if (at < 0) report('VERIFY_INDEX_BLOCK_MISSING', 'error', wanted.hashAt(i), 'is not listed for')
      else if (found.sizes[at] !== known.sizes[i]) {
        report('VERIFY_INDEX_BLOCK_MODIFIED', 'error', wanted.hashAt(i), 'is listed with another length for')
      }
    }
    for (let i = 0; i < listed.count; i++) {
      if (wanted.find(listed.hashAt(i)) < 0) {
        report(
          'VERIFY_INDEX_BLOCK_EXTRA',
          'warning',
          listed.hashAt(i),
          'is listed, unknown to the catalog, for'
        )
      }
    }
  }

  #lose(code: string, hash: Uint8Array, why: string): void {
    this.#lost.push(hash.slice())
    this.#addBlock(code, 'error', hash, why)
  }

  #addBlock(code: string, severity: 'warning' | 'error', hash: Uint8Array, why: string): void {
    const block = toBase64(hash)
    this.#faults.push({ code, severity, message: `block ${block} ${why}`, block })
  }

  #add(code: string, severity: 'warning' | 'error', message: string): void {
    this.#faults.push({ code, severity, message })
  }

  #result(hash: Uint8Array | undefined, isUnusable: boolean): CheckResult {
    return { faults: this.#faults, lostBlocks: Buffer.concat(this.#lost), isUnusable, hash }
  }
}

function isSameBlocks(a: KnownBlocks, b: KnownBlocks): boolean {
  return Buffer.compare(a.hashes, b.hashes) === 0 && a.sizes.every((size, i) => size === b.sizes[i])
}

function tableOf(blocks: KnownBlocks, width: number): HashTable {
  const table = new HashTable(width, blocks.sizes.length)
  for (let at = 0; at < blocks.hashes.length; at += width) table.add(blocks.hashes, at)
  return table
}

/** A small generator that gives the same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

import { createAesCryptKeyring, createHasher, equalBytes, hashSizeBytes } from '@tercet/crypto'
import { assertKnownKeys, type Secret } from '@tercet/interface'
import {
  blockSizeAt,
  contentLayout,
  type DlistEntry,
  decodeMetadata,
  type MetadataRecord,
  maxMetadataBytes,
  metadataLayout,
  type ReadLimits,
  type StreamLayout,
  type VolumeProblem,
  type VolumeSettings
} from '@tercet/volume-format'
import { CoreError } from '../core-error.ts'
import { BlockFinder, type FindBlockOptions } from './block-finder.ts'
import { type ListedVolumes, listedVolumes } from './listed-volumes.ts'
import { VolumeOpener } from './volume-opener.ts'
import type { VolumeSource } from './volume-source.ts'

/** So many lists are tried, from the newest on, before a wrong passphrase or a foreign format is believed. */
const LISTS_TRIED = 3

export interface OpenDestinationOptions {
  readonly source: VolumeSource
  /** Opens encrypted volumes. */
  readonly passphrase?: Secret | string | undefined
  /** Needed only where several backups share a place. */
  readonly prefix?: string | undefined
  /** What a volume may ask for, where it is not the default. */
  readonly limits?: Partial<ReadLimits> | undefined
  readonly signal?: AbortSignal | undefined
}

/** One version of a backup. */
export interface DestinationVersion {
  /** 0 is the newest. */
  readonly number: number
  readonly time: Date
  /** Name of its dlist. */
  readonly name: string
}

export interface ReadVersionOptions {
  readonly signal?: AbortSignal | undefined
  /** Told of each entry that was left out, and why. */
  readonly onProblem?: ((problem: VolumeProblem) => void) | undefined
}

/**
 * A destination opened for reading with nothing but its files: no catalog, no disk. One thing is read at a time. Runs
 * wherever JavaScript does.
 */
export interface DestinationReader extends Disposable {
  readonly prefix: string
  readonly settings: VolumeSettings
  /** Newest first. */
  readonly versions: readonly DestinationVersion[]
  /**
   * Entries of a version in batches, as the list has them.
   *
   * @throws VolumeError, CryptoError where the list cannot be read
   */
  entries(version: number, options?: ReadVersionOptions): AsyncGenerator<DlistEntry[], void, undefined>
  /**
   * Content of a file, block by block, each valid until the next and verified by its hash; where the iteration ends
   * without an error, the whole content has the recorded length and hash too.
   *
   * @throws CoreError `BLOCK_NOT_FOUND`, `DESTINATION_CONTENT_DAMAGED`
   * @throws VolumeError `VOLUME_ENTRY_INVALID`
   */
  content(entry: DlistEntry, options?: FindBlockOptions): AsyncGenerator<Uint8Array, void, undefined>
  /**
   * Metadata of an entry.
   *
   * @throws as {@link DestinationReader.content}, and VolumeError `VOLUME_METADATA_INVALID`, `VOLUME_LIMIT_EXCEEDED`
   */
  metadata(entry: DlistEntry, options?: FindBlockOptions): Promise<MetadataRecord>
}

/**
 * Opens a destination. Reads one file list, so that a wrong passphrase is found here.
 *
 * @throws CoreError `DESTINATION_NO_BACKUP`, `DESTINATION_SEVERAL_BACKUPS`
 * @throws CryptoError `CRYPTO_NO_PASSPHRASE`, `CRYPTO_WRONG_PASSPHRASE`
 * @throws VolumeError where no file list can be read
 */
export async function openDestination(options: OpenDestinationOptions): Promise<DestinationReader> {
  assertKnownKeys(options, ['source', 'passphrase', 'prefix', 'limits', 'signal'], 'openDestination')
  const { source, passphrase, prefix, limits, signal } = options
  const volumes = listedVolumes(await source.list({ signal }), prefix)
  const opener = new VolumeOpener(source, {
    keyring: passphrase === undefined ? undefined : createAesCryptKeyring(passphrase),
    limits
  })
  opener.settings = await readSettings(volumes, opener, signal)
  return new OpenDestination(volumes, opener, opener.settings)
}

async function readSettings(
  { dlists }: ListedVolumes,
  opener: VolumeOpener,
  signal: AbortSignal | undefined
): Promise<VolumeSettings> {
  const failures: unknown[] = []
  for (const dlist of dlists.slice(0, LISTS_TRIED)) {
    try {
      using opened = await opener.open('dlist', dlist, signal)
      const { blocksize, blockHash, fileHash } = opened.reader.manifest
      return { blocksize, blockHash, fileHash }
    } catch (error) {
      failures.push(error)
    }
    signal?.throwIfAborted()
  }
  throw failures[0]
}

class OpenDestination implements DestinationReader {
  readonly prefix: string
  readonly settings: VolumeSettings
  readonly versions: readonly DestinationVersion[]
  readonly #volumes: ListedVolumes
  readonly #opener: VolumeOpener
  readonly #blocks: BlockFinder

  constructor(volumes: ListedVolumes, opener: VolumeOpener, settings: VolumeSettings) {
    this.prefix = volumes.prefix
    this.settings = settings
    this.versions = volumes.dlists.map(({ name, time }, number) => ({
      number,
      time: new Date(time! * 1000),
      name
    }))
    this.#volumes = volumes
    this.#opener = opener
    this.#blocks = new BlockFinder(volumes, opener, settings)
  }

  async *entries(
    version: number,
    { signal, onProblem }: ReadVersionOptions = {}
  ): AsyncGenerator<DlistEntry[], void, undefined> {
    const dlist = this.#volumes.dlists[version]
    if (dlist === undefined) throw new RangeError(`There is no version ${version}`)
    using opened = await this.#opener.open('dlist', dlist, signal)
    yield* opened.reader.entries({ signal, onProblem })
  }

  content(entry: DlistEntry, options: FindBlockOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#stream(entry, contentLayout(entry, this.settings), options)
  }

  async metadata(entry: DlistEntry, options: FindBlockOptions = {}): Promise<MetadataRecord> {
    const layout = metadataLayout(entry, this.settings)
    const most = maxMetadataBytes(this.settings)
    const parts: Uint8Array[] = []
    let size = 0
    for await (const block of this.#stream(entry, layout, options)) {
      parts.push(new Uint8Array(block))
      size += block.length
      if (size > most) break
    }
    const bytes = new Uint8Array(size)
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return decodeMetadata(bytes)
  }

  async *#stream(
    { path }: DlistEntry,
    layout: StreamLayout,
    options: FindBlockOptions
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const hasher = createHasher(this.settings.fileHash)
    let index = 0
    let size = 0
    for await (const block of this.#blocksOf(layout, options)) {
      const rest = blockSizeAt(index++, layout.sizeBytes, this.settings.blocksize)
      if (block.length !== rest) throw damaged(path)
      size += block.length
      hasher.update(block)
      yield block
    }
    if (size !== layout.sizeBytes || !equalBytes(hasher.digest(), layout.hash)) throw damaged(path)
  }

  async *#blocksOf(
    layout: StreamLayout,
    options: FindBlockOptions
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (layout.kind === 'block') yield await this.#blocks.block(layout.blockHash, options)
    if (layout.kind !== 'lists') return
    const step = hashSizeBytes(this.settings.blockHash)
    for (let at = 0; at < layout.blocklists.length; at += step) {
      const list = await this.#blocks.blocklist(layout.blocklists.subarray(at, at + step), options)
      for (let i = 0; i + step <= list.length; i += step) {
        options.signal?.throwIfAborted()
        yield await this.#blocks.block(list.subarray(i, i + step), options)
      }
    }
  }

  [Symbol.dispose](): void {
    this.#opener[Symbol.dispose]()
  }
}

function damaged(path: string): CoreError {
  return new CoreError(
    'DESTINATION_CONTENT_DAMAGED',
    `The content of ${JSON.stringify(path)}, put together from its blocks, is not what was recorded`,
    { context: { path } }
  )
}

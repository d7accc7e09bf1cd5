import {
  type Catalog,
  type CatalogVolume,
  type OpenStoredVolumeOptions,
  openStoredVolume,
  type StoredVolumeReader
} from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import type { DblockReader, DindexReader, DlistReader, VolumeSettings } from '@tercet/volume-format'
import { HashTable } from '../common/hash-table.ts'
import { adoptCompression } from '../common/stored-compression.ts'
import type { StoredSettings } from '../common/stored-settings.ts'
import { packEntries } from './entry-batch.ts'
import { gatherEntries } from './gather-entries.ts'

/** Told of what could not be used within a volume that could. */
export type ProblemReporter = (problem: {
  readonly code: string
  readonly message: string
  readonly path?: string | undefined
}) => void

/** Takes volumes into the catalog, each in one transaction that also marks it as processed. */
export class CatalogImport {
  readonly #catalog: Catalog
  readonly #opening: Pick<OpenStoredVolumeOptions, 'keyring' | 'maxBlocksize'>
  #wanted: HashTable | undefined
  settings: StoredSettings | undefined

  constructor(
    catalog: Catalog,
    opening: Pick<OpenStoredVolumeOptions, 'keyring' | 'maxBlocksize'>,
    settings: StoredSettings | undefined
  ) {
    this.#catalog = catalog
    this.#opening = opening
    this.settings = settings
  }

  /**
   * A version. When it is the newest of the catalog, the next backup compresses as it does.
   *
   * @throws VolumeError, CryptoError; CoreError `CATALOG_CONFLICT`
   */
  async takeDlist(
    volume: CatalogVolume,
    path: string,
    report: ProblemReporter,
    signal?: AbortSignal
  ): Promise<VolumeSettings> {
    using reader = (await this.#open(volume, path)) as DlistReader & Disposable
    const settings = reader.manifest
    using stage = this.#catalog.stageFileset()
    const onProblem = (path: string, error: unknown): void => {
      const { code, message } = error as { code: string; message: string }
      report({ code, message, path })
    }
    for await (const entries of gatherEntries(reader.entries({ onProblem: report, signal }))) {
      stage.add(packEntries(entries, settings, onProblem))
    }
    this.#wanted = undefined
    this.#catalog.transaction(() => {
      const seq = stage.commit({ time: volume.time ?? 0, volumeId: volume.id, isFull: reader.isFull })
      const [newest] = this.#catalog.filesets.versions()
      if (newest?.seq === seq) adoptCompression(this.#catalog, reader.compression)
      this.#markProcessed(volume, reader)
    })
    return settings
  }

  /**
   * Blocks and blocklists of one dindex. Returns its manifest.
   *
   * @param locate the dblock that a name in the index means; it is registered if it is unknown
   * @throws VolumeError, CryptoError
   */
  async takeDindex(
    volume: CatalogVolume,
    path: string,
    locate: (
      name: string,
      sizeBytes: number | undefined,
      hash: Uint8Array | undefined
    ) => CatalogVolume | undefined,
    report: ProblemReporter
  ): Promise<VolumeSettings> {
    using reader = (await this.#open(volume, path)) as DindexReader & Disposable
    this.#catalog.transaction(() => {
      for (const indexed of reader.volumes()) {
        const dblock = locate(indexed.name, indexed.volumeSize, indexed.volumeHash)
        if (dblock === undefined) continue
        this.#catalog.volumes.linkIndex(volume.id, dblock.id)
        // A second index of the same volume adds nothing.
        if (!dblock.processed) this.#addBlocks(dblock, indexed)
      }
      this.#keepBlocklists(reader)
      this.#learnCompression(reader)
      this.#markProcessed(volume, reader)
    })
    reader.problems.forEach(report)
    return reader.manifest
  }

  /** Blocks of a dblock as its directory lists them, and the content of blocklists that are wanted. Returns its manifest. */
  async takeDblock(volume: CatalogVolume, path: string, report: ProblemReporter): Promise<VolumeSettings> {
    using reader = (await this.#open(volume, path)) as DblockReader & Disposable
    const wanted = this.#wantedBlocklists()
    const lists: { hash: Uint8Array; blocks: Uint8Array }[] = []
    for (let number = 0; number < wanted.count; number++) {
      const hash = wanted.hashAt(number)
      const block = reader.find(hash)
      if (block < 0) continue
      try {
        lists.push({ hash: hash.slice(), blocks: reader.readBlock(block).slice() })
      } catch (error) {
        report(error as { code: string; message: string })
      }
    }
    this.#catalog.transaction(() => {
      if (!volume.processed)
        this.#addBlocks(volume, { hashes: reader.hashes, sizes: reader.sizes, count: reader.count })
      if (lists.length > 0) this.#catalog.blocksets.putBlocklists(lists)
      this.#learnCompression(reader)
      this.#markProcessed(volume, reader)
    })
    reader.problems.forEach(report)
    return reader.manifest
  }

  /** From what a first run left that no list tells of. A volume without compressed entries may just hold nothing to compress. */
  #learnCompression({ compression }: DblockReader | DindexReader): void {
    if (compression === 'none' || this.#catalog.filesets.versions().length > 0) return
    adoptCompression(this.#catalog, compression)
  }

  async #open(volume: CatalogVolume, path: string): Promise<StoredVolumeReader> {
    const { settings } = this
    return await openStoredVolume({
      path,
      name: volume.name,
      ...this.#opening,
      hashAlgorithm: this.#hashAlgorithm,
      ...(settings === undefined
        ? {}
        : {
            settings: {
              blocksize: settings.blocksize,
              blockHash: settings.blockHash,
              fileHash: settings.fileHash
            }
          }),
      ...(volume.hash === undefined ? {} : { expected: { hash: volume.hash } })
    })
  }

  #addBlocks(dblock: CatalogVolume, blocks: { hashes: Uint8Array; sizes: Uint32Array; count: number }): void {
    const first = this.#catalog.blocks.nextOrdinal()
    this.#catalog.blocks.add({ volumeId: dblock.id, first, ...blocks })
    this.#catalog.volumes.update(dblock.id, { processed: true })
  }

  #keepBlocklists(reader: DindexReader): void {
    const wanted = this.#wantedBlocklists()
    if (wanted.count === 0) return
    const { blocksets } = this.#catalog
    function* needed() {
      for (const { hash, bytes } of reader.lists()) {
        if (wanted.find(hash) >= 0) yield { hash: hash.slice(), blocks: bytes.slice() }
      }
    }
    blocksets.putBlocklists(needed())
  }

  /** Made once the versions are taken in: what was found since is not asked for again by the catalog. */
  #wantedBlocklists(): HashTable {
    if (this.#wanted === undefined) {
      this.#wanted = new HashTable(hashSizeBytes(this.settings?.blockHash ?? 'SHA256'))
      for (const hash of this.#catalog.blocksets.pendingBlocklists()) this.#wanted.add(hash)
    }
    return this.#wanted
  }

  #markProcessed(volume: CatalogVolume, reader: StoredVolumeReader): void {
    const { remoteHash, manifest } = reader
    const isNew =
      volume.hash === undefined && remoteHash !== undefined && this.#hashAlgorithm === manifest.fileHash
    this.#catalog.volumes.update(volume.id, { processed: true, ...(isNew ? { hash: remoteHash } : {}) })
  }

  get #hashAlgorithm() {
    return this.settings?.fileHash ?? 'SHA256'
  }
}

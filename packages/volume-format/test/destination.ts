/** Writes a whole destination with the writers of this package: what a backup program does, in the simplest way. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AesCryptKey,
  type ByteSink,
  createAesCryptEncryptor,
  createHasher,
  fileSink,
  hashBytes,
  hashingSink,
  hashSizeBytes,
  toBase64
} from '@tercet/crypto'
import * as format from '../src/index.node.ts'
import type { CompressionSetting, DlistEntry, VolumeSettings } from '../src/index.ts'

export interface DestinationOptions {
  readonly folder: string
  readonly settings: VolumeSettings
  readonly compression: CompressionSetting
  readonly key?: AesCryptKey | undefined
  readonly dblockSizeBytes: number
}

export interface SourceEntry {
  readonly type: DlistEntry['type']
  readonly path: string
  readonly content?: Uint8Array | undefined
  readonly metadata: Uint8Array
}

interface OpenFile {
  readonly sink: ByteSink
  finish(): { name: string; sizeBytes: number; hash: Uint8Array }
}

interface OpenDblock {
  readonly volume: OpenFile
  readonly writer: format.DblockWriter
  readonly lists: { hash: Uint8Array; list: Uint8Array }[]
}

const CREATED_AT = Date.UTC(2025, 6, 2, 8)

export class Destination {
  readonly #options: DestinationOptions
  readonly #known = new Set<string>()
  readonly #compressor: ReturnType<typeof format.createCompressor>
  #dblock: OpenDblock | undefined
  #volumes = 0

  constructor(options: DestinationOptions) {
    this.#options = options
    this.#compressor = format.createCompressor(options.compression)
    mkdirSync(options.folder, { recursive: true })
  }

  /** Stores a version; returns its entries as they were written. */
  async addVersion(number: number, source: readonly SourceEntry[], isFull = true): Promise<DlistEntry[]> {
    const { settings, compression } = this.#options
    const entries = source.map((entry) => this.#store(entry))
    this.#finishDblock()
    const time = CREATED_AT / 1000 + number
    await this.#writeVolume({ type: 'dlist', time }, (sink) =>
      format.writeDlist({
        sink,
        spool: format.createMemorySpool(),
        settings,
        compression,
        createdAt: new Date(time * 1000),
        isFull,
        entries,
        controlFiles: number === 0 ? [{ name: 'note.txt', bytes: new TextEncoder().encode('control') }] : []
      })
    )
    return entries
  }

  #store({ type, path, content, metadata }: SourceEntry): DlistEntry {
    const meta = this.#stream(metadata, 'auto')
    const entry: DlistEntry = {
      type,
      path,
      metaHash: meta.hash,
      metaSize: metadata.length,
      ...(meta.blocklists === undefined
        ? { metaBlockHash: meta.blockHash }
        : { metaBlocklists: meta.blocklists })
    }
    if (content === undefined) return entry
    const { hash, blockHash, blocklists } = this.#stream(content, 'auto')
    const time = 1_751_373_045
    return { ...entry, hash, sizeBytes: content.length, time, blocklists, blockHash }
  }

  #stream(bytes: Uint8Array, hint: 'auto' | 'store') {
    const { settings } = this.#options
    const hashes: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += settings.blocksize) {
      hashes.push(this.#addBlock(bytes.subarray(at, at + settings.blocksize), hint))
    }
    const lists: Uint8Array[] = []
    for (const list of format.splitBlocklists(new Uint8Array(Buffer.concat(hashes)), settings)) {
      const hash = this.#addBlock(list, 'store')
      this.#dblock?.lists.push({ hash, list: new Uint8Array(list) })
      lists.push(hash)
    }
    return {
      hash: hashBytes(settings.fileHash, bytes),
      blockHash: hashes[0],
      blocklists: lists.length === 0 ? undefined : new Uint8Array(Buffer.concat(lists))
    }
  }

  #addBlock(block: Uint8Array, hint: 'auto' | 'store'): Uint8Array {
    const hash = hashBytes(this.#options.settings.blockHash, block)
    const key = toBase64(hash)
    if (this.#dblock?.writer.isFull) this.#finishDblock()
    this.#dblock ??= this.#beginDblock()
    if (this.#known.has(key)) return hash
    this.#known.add(key)
    this.#dblock.writer.addBlock(hash, block, hint)
    return hash
  }

  #beginDblock(): OpenDblock {
    const { settings, dblockSizeBytes } = this.#options
    const volume = this.#open({ type: 'dblock', id: (++this.#volumes).toString(16).padStart(32, '0') })
    const createdAt = new Date(CREATED_AT)
    const compressor = this.#compressor
    const writer = format.createDblockWriter({
      sink: volume.sink,
      settings,
      compressor,
      createdAt,
      dblockSizeBytes
    })
    return { volume, writer, lists: [] }
  }

  #finishDblock(): void {
    if (this.#dblock === undefined) return
    const { volume, writer, lists } = this.#dblock
    this.#dblock = undefined
    const content = writer.finish()
    const stored = volume.finish()
    const { settings } = this.#options
    const dindex = this.#open({ type: 'dindex', id: `f${(++this.#volumes).toString(16).padStart(31, '0')}` })
    const index = format.createDindexWriter({
      sink: dindex.sink,
      settings,
      compressor: this.#compressor,
      createdAt: new Date(CREATED_AT)
    })
    const hashSize = hashSizeBytes(settings.blockHash)
    const stores = new Set(
      Array.from({ length: content.count }, (_, i) =>
        toBase64(content.hashes.subarray(i * hashSize, (i + 1) * hashSize))
      )
    )
    for (const { hash, list } of lists) if (stores.has(toBase64(hash))) index.addList(hash, list)
    index.addVolume({ name: stored.name, ...content, volumeHash: stored.hash, volumeSize: stored.sizeBytes })
    index.finish()
    dindex.finish()
  }

  async #writeVolume(
    parts: { type: 'dlist'; time: number },
    write: (sink: ByteSink) => Promise<unknown>
  ): Promise<void> {
    const volume = this.#open(parts)
    await write(volume.sink)
    volume.finish()
  }

  #open(parts: { type: 'dlist'; time: number } | { type: 'dblock' | 'dindex'; id: string }): OpenFile {
    const { key, folder, settings } = this.#options
    const name = format.formatVolumeName({
      prefix: 'duplicati',
      ...parts,
      ...(key === undefined ? {} : { encryption: 'aes' })
    })
    const fd = openSync(join(folder, name), 'wx')
    const hasher = createHasher(settings.fileHash)
    const file = hashingSink(fileSink(fd), hasher)
    const encryptor = key === undefined ? undefined : createAesCryptEncryptor(key, file)
    return {
      sink: encryptor ?? file,
      finish() {
        encryptor?.finish()
        closeSync(fd)
        return { name, sizeBytes: file.sizeBytes, hash: hasher.digest() }
      }
    }
  }
}

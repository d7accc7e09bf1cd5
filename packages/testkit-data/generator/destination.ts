import type { DestinationVector, VectorEntry, VectorVersion } from '../src/format-vector.ts'
import { noise } from '../src/test-content.ts'
import { base64, base64Name, hex, joined, utf8 } from './bytes.ts'
import {
  hashOf,
  MARK,
  type ManifestOptions,
  manifest,
  SETTINGS,
  type Settings,
  sha256,
  timeText
} from './settings.ts'
import { type Item, itemMetadata, MODIFIED } from './trees.ts'
import { type Entry, type VolumeKind, zipKind } from './volume-kind.ts'

export interface DestinationOptions {
  readonly seed: number
  readonly prefix?: string | undefined
  readonly settings?: Settings | undefined
  readonly kind?: VolumeKind | undefined
  readonly manifest?: ManifestOptions | undefined
  /** What dindexes hold; 'none': there are none. @defaultValue 'full' */
  readonly index?: 'full' | 'lookup' | 'none' | undefined
  /** @defaultValue true */
  readonly marks?: boolean | undefined
  /** Of the first volumes, in place of made-up ones. */
  readonly volumeIds?: readonly string[] | undefined
}

export interface VersionOptions {
  readonly isFull?: boolean | undefined
  /** The entry `fileset` is left out, which says that the version is complete. */
  readonly noFileset?: boolean | undefined
  readonly controlFiles?: Readonly<Record<string, Uint8Array>> | undefined
  /** Of the volumes of this version. */
  readonly kind?: VolumeKind | undefined
  /** JSON texts that are put among the items of the list: before each of these places. */
  readonly extraItems?: readonly string[] | undefined
  readonly leftOut?: VectorVersion['leftOut']
}

/** 2025-07-02 08:00:00 UTC; each version is a day later. */
const FIRST = 1_751_443_200
const DAY = 86_400

interface Stream {
  readonly hash: Uint8Array
  readonly blocks: readonly Uint8Array[]
  readonly lists: readonly Uint8Array[]
}

/** Writes versions into volumes as Duplicati does: the new blocks of each into one dblock, with its dindex and dlist. */
export class Destination {
  readonly files = new Map<string, Uint8Array>()
  readonly prefix: string
  readonly settings: Settings
  /** Oldest first. */
  readonly versions: VectorVersion[] = []
  readonly #options: DestinationOptions
  readonly #known = new Set<string>()
  #blocks = new Map<string, Uint8Array>()
  #lists = new Map<string, Uint8Array>()
  #volumes = 0

  constructor(options: DestinationOptions) {
    this.#options = options
    this.prefix = options.prefix ?? 'duplicati'
    this.settings = options.settings ?? SETTINGS
  }

  /** Names of volumes of one type in the order in which they were written. */
  names(type: 'dblock' | 'dindex' | 'dlist'): string[] {
    return [...this.files.keys()].filter((name) => name.includes(`.${type}.`))
  }

  addVersion(items: readonly Item[], options: VersionOptions = {}): void {
    const kind = options.kind ?? this.#options.kind ?? zipKind()
    const texts = items.map((item) => this.#item(item))
    if (this.#blocks.size > 0) this.flush(kind)
    const { isFull = true, noFileset = false, controlFiles = {} } = options
    const time = timeText(FIRST + this.versions.length * DAY)
    const list = utf8(`${this.#mark}[${[...texts, ...(options.extraItems ?? [])].join(',')}]`)
    const fileset = utf8(`${this.#mark}${JSON.stringify({ IsFullBackup: isFull })}`)
    const controls = Object.entries(controlFiles)
    this.#add(`${this.prefix}-${time}.dlist.${kind.suffix}`, kind, [
      ...(noFileset ? [] : [{ name: 'fileset', bytes: fileset }]),
      ...controls.map(([name, bytes]) => ({ name: `extra/${name}`, bytes })),
      { name: 'filelist.json', bytes: list }
    ])
    const entries = items.map(found).sort(byPath)
    const { leftOut } = options
    const controlHashes = controls.map(([name, bytes]) => ({ name, sha256: hex(sha256(bytes)) }))
    this.versions.push({
      time,
      isFull,
      entries,
      ...(leftOut === undefined ? {} : { leftOut }),
      ...(controls.length === 0 ? {} : { controlFiles: controlHashes })
    })
  }

  /** Writes the blocks that are waiting into a dblock, and its dindex; returns the name of the dblock. */
  flush(kind = this.#options.kind ?? zipKind()): string {
    const { settings } = this
    const blocks = [...this.#blocks.values()]
    const dblock = this.#add(
      this.#volumeName('b', 'dblock', kind),
      kind,
      blocks.map((bytes) => ({ name: base64Name(hashOf(settings.blockHash, bytes)), bytes }))
    )
    const { index = 'full' } = this.#options
    if (index !== 'none') {
      const lists = index === 'lookup' ? [] : [...this.#lists.values()]
      this.addDindex([this.indexOf(dblock, blocks)], lists, kind)
    }
    this.#blocks = new Map()
    this.#lists = new Map()
    return dblock
  }

  /** The entry of a dindex that describes a dblock. */
  indexOf(dblock: string, blocks: readonly Uint8Array[]): Entry {
    const { blockHash, fileHash } = this.settings
    const file = this.files.get(dblock)!
    const text = JSON.stringify({
      blocks: blocks.map((bytes) => ({ hash: base64(hashOf(blockHash, bytes)), size: bytes.length })),
      volumehash: base64(hashOf(fileHash, file)),
      volumesize: file.length
    })
    return { name: `vol/${dblock}`, bytes: utf8(text) }
  }

  addDindex(volumes: readonly Entry[], lists: readonly Uint8Array[], kind = zipKind()): string {
    const entries = lists.map((bytes) => ({
      name: `list/${base64Name(hashOf(this.settings.blockHash, bytes))}`,
      bytes
    }))
    return this.#add(this.#volumeName('i', 'dindex', kind), kind, [...entries, ...volumes])
  }

  /** Blocks of content that no version has, for the next dblock. */
  addBlocks(bytes: Uint8Array): void {
    this.#stream(bytes)
  }

  /** Puts a volume together anew: its manifest and these entries. */
  replace(name: string, entries: readonly Entry[], kind = this.#options.kind ?? zipKind()): void {
    this.#add(name, kind, entries)
  }

  vector(
    about: Pick<DestinationVector, 'id' | 'summary' | 'features'>,
    more: Partial<DestinationVector> = {}
  ): DestinationVector {
    return {
      kind: 'destination',
      ...about,
      prefix: this.prefix,
      files: [...this.files].map(([name, bytes]) => ({ name, base64: base64(bytes) })),
      versions: this.versions.toReversed(),
      ...more
    }
  }

  get #mark(): string {
    return this.#options.marks === false ? '' : MARK
  }

  #volumeName(letter: 'b' | 'i', type: 'dblock' | 'dindex', kind: VolumeKind): string {
    const number = this.#volumes++
    const id = this.#options.volumeIds?.[number] ?? hex(noise(16, this.#options.seed * 1000 + number))
    return `${this.prefix}-${letter}${id}.${type}.${kind.suffix}`
  }

  #add(name: string, kind: VolumeKind, entries: readonly Entry[]): string {
    const { seed, marks = true } = this.#options
    const first = {
      name: 'manifest',
      bytes: manifest(this.settings, { mark: marks, ...this.#options.manifest })
    }
    this.files.set(name, kind.pack([first, ...entries], seed * 1000 + 500 + this.files.size * 2))
    return name
  }

  #item(item: Item): string {
    if (item.type !== 'File')
      return JSON.stringify({ type: item.type, path: item.path, ...this.#metadata(item, true) })
    const content = item.content ?? new Uint8Array(0)
    const { hash, blocks, lists } = this.#stream(content)
    const { blockHash, fileHash } = this.settings
    return JSON.stringify({
      type: 'File',
      path: item.path,
      hash: base64(hash),
      size: content.length,
      time: timeText(item.modified ?? MODIFIED),
      ...this.#metadata(item, false),
      ...(lists.length > 0 ? { blocklists: lists.map(base64) } : {}),
      ...(blocks.length === 1 && blockHash !== fileHash
        ? { blockhash: base64(blocks[0]!), blocksize: content.length }
        : {})
    })
  }

  #metadata(item: Item, always: boolean): object {
    const metadata = itemMetadata(item)
    if (metadata === undefined) return {}
    const blob = utf8(`${MARK}${JSON.stringify(metadata)}`)
    const { hash, blocks, lists } = this.#stream(blob)
    const common = { metahash: base64(hash), metasize: blob.length }
    if (this.#options.manifest?.version === 1) return common
    if (lists.length > 0) return { ...common, metablocklists: lists.map(base64) }
    const { blockHash, fileHash } = this.settings
    return always || blockHash !== fileHash ? { ...common, metablockhash: base64(blocks[0]!) } : common
  }

  #stream(bytes: Uint8Array): Stream {
    const { blocksize, blockHash, fileHash } = this.settings
    const blocks: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += blocksize)
      blocks.push(this.#store(bytes.subarray(at, at + blocksize)))
    const lists: Uint8Array[] = []
    const most = Math.floor(blocksize / hashOf(blockHash, bytes).length)
    if (blocks.length > 1) {
      for (let at = 0; at < blocks.length; at += most) {
        const list = joined(...blocks.slice(at, at + most))
        lists.push(this.#store(list))
        this.#lists.set(base64(list), list)
      }
    }
    return { hash: hashOf(fileHash, bytes), blocks, lists }
  }

  #store(block: Uint8Array): Uint8Array {
    const hash = hashOf(this.settings.blockHash, block)
    const key = base64(hash)
    if (!this.#known.has(key)) this.#blocks.set(key, block)
    this.#known.add(key)
    return hash
  }
}

function found(item: Item): VectorEntry {
  const metadata = itemMetadata(item)
  const { path } = item
  const about = metadata === undefined ? {} : { metadata }
  if (item.type === 'Folder') return { type: 'folder', path, ...about }
  if (item.type === 'Symlink') return { type: 'symlink', path, ...about }
  const content = item.content ?? new Uint8Array(0)
  const modified = item.modified ?? MODIFIED
  return { type: 'file', path, size: content.length, sha256: hex(sha256(content)), modified, ...about }
}

function byPath(a: VectorEntry, b: VectorEntry): number {
  return a.path < b.path ? -1 : Number(a.path > b.path)
}

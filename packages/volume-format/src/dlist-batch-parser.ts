import { decodeBase64Into, hashSizeBytes } from '@tercet/crypto'
import type { DlistEntry } from './dlist-entry.ts'
import { isJsonObject } from './json-text.ts'
import { findPathProblem } from './path-rules.ts'
import { PathSet } from './path-set.ts'
import type { VolumeErrorCode, VolumeProblem } from './volume-error.ts'
import type { VolumeSettings } from './volume-settings.ts'
import { parseTime } from './volume-time.ts'

type Properties = Readonly<Record<string, unknown>>

/** Properties of a parsed item that are set: what an entry is built from. */
type Draft = { -readonly [Key in keyof DlistEntry]: DlistEntry[Key] }

/** Turns parsed items into entries, and knows which paths it has seen. */
export class DlistBatchParser {
  readonly #fileHashSize: number
  readonly #blockHashSize: number
  readonly #maxPathLength: number
  readonly #onProblem: ((problem: VolumeProblem) => void) | undefined
  readonly #paths = new PathSet()

  constructor(
    settings: VolumeSettings,
    maxPathLength: number,
    onProblem: ((problem: VolumeProblem) => void) | undefined
  ) {
    this.#maxPathLength = maxPathLength
    this.#fileHashSize = hashSizeBytes(settings.fileHash)
    this.#blockHashSize = hashSizeBytes(settings.blockHash)
    this.#onProblem = onProblem
  }

  parse(values: readonly unknown[]): DlistEntry[] {
    const entries: DlistEntry[] = []
    for (const value of values) {
      const entry = isJsonObject(value)
        ? this.#entry(value)
        : this.#leaveOut('VOLUME_ENTRY_INVALID', 'no object')
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  #entry(item: Properties): DlistEntry | undefined {
    const path = item['path']
    const type = entryType(item['type'])
    if (typeof path !== 'string') return this.#leaveOut('VOLUME_ENTRY_INVALID', 'it has no path')
    if (type === undefined) {
      return this.#leaveOut('VOLUME_ENTRY_UNKNOWN_TYPE', 'it is no file, folder or symlink', path)
    }
    if (path.length > this.#maxPathLength) {
      return this.#leaveOut('VOLUME_LIMIT_EXCEEDED', 'its path is too long', path.slice(0, 100))
    }
    const problem = findPathProblem(path)
    if (problem !== undefined) return this.#leaveOut(problem.code, problem.message, path)
    const draft: Draft = { type, path }
    const wrong = this.#fill(draft, item)
    if (wrong !== undefined)
      return this.#leaveOut('VOLUME_ENTRY_INVALID', `its ${wrong} is missing or wrong`, path)
    if (!this.#paths.add(path))
      return this.#leaveOut('VOLUME_PATH_DUPLICATE', 'the path occurred before', path)
    return draft
  }

  /** Name of the property that is wrong, or undefined when all are in order. */
  #fill(draft: Draft, item: Properties): string | undefined {
    if (draft.type === 'File') {
      const hash = decodeHash(item['hash'], this.#fileHashSize)
      if (hash === undefined) return 'hash'
      draft.hash = hash
      if (!isCount(item['size'])) return 'size'
      draft.sizeBytes = item['size']
      const time = typeof item['time'] === 'string' ? parseTime(item['time']) : undefined
      if (time === undefined) return 'time'
      draft.time = time
      const { blockhash, blocksize, blocklists } = item
      if (blockhash != null) {
        const blockHash = decodeHash(blockhash, this.#blockHashSize)
        if (blockHash === undefined) return 'blockhash'
        draft.blockHash = blockHash
      }
      if (blocksize != null) {
        if (!isCount(blocksize)) return 'blocksize'
        draft.blockSize = blocksize
      }
      if (blocklists != null) {
        const lists = decodeHashes(blocklists, this.#blockHashSize)
        if (lists === undefined) return 'blocklists'
        if (lists.length > 0) draft.blocklists = lists
      }
    }
    return this.#fillMetadata(draft, item)
  }

  #fillMetadata(draft: Draft, item: Properties): string | undefined {
    const { metahash, metasize, metablockhash, metablocklists } = item
    if (metahash == null) return undefined
    const hash = decodeHash(metahash, this.#fileHashSize)
    if (hash === undefined) return 'metahash'
    draft.metaHash = hash
    if (!isCount(metasize)) return 'metasize'
    draft.metaSize = metasize
    if (metablockhash != null) {
      const blockHash = decodeHash(metablockhash, this.#blockHashSize)
      if (blockHash === undefined) return 'metablockhash'
      draft.metaBlockHash = blockHash
    }
    if (metablocklists != null) {
      const lists = decodeHashes(metablocklists, this.#blockHashSize)
      if (lists === undefined) return 'metablocklists'
      if (lists.length > 0) draft.metaBlocklists = lists
    }
    return undefined
  }

  #leaveOut(code: VolumeErrorCode, why: string, path?: string): undefined {
    const message = `An entry of the file list is left out: ${why}`
    this.#onProblem?.(path === undefined ? { code, message } : { code, message, path })
  }
}

function entryType(type: unknown): DlistEntry['type'] | undefined {
  if (type === 'File' || type === 'Folder' || type === 'Symlink') return type
  if (typeof type !== 'string') return undefined
  switch (type.toLowerCase()) {
    case 'file':
      return 'File'
    case 'folder':
      return 'Folder'
    case 'symlink':
      return 'Symlink'
    default:
      return undefined
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

const scratch = new Uint8Array(128)

/** Hash of exactly `size` bytes from standard Base64, without a detour over other strings. */
function decodeHash(text: unknown, size: number): Uint8Array | undefined {
  if (typeof text !== 'string' || text.length !== Math.ceil(size / 3) * 4) return undefined
  for (let i = 0; i < text.length; i++) scratch[i] = Math.min(text.charCodeAt(i), 128)
  const hash = new Uint8Array(size)
  return decodeBase64Into(scratch, 0, text.length, hash, 0) === size ? hash : undefined
}

function decodeHashes(texts: unknown, size: number): Uint8Array | undefined {
  if (!Array.isArray(texts)) return undefined
  const hashes = new Uint8Array(texts.length * size)
  for (let i = 0; i < texts.length; i++) {
    const hash = decodeHash(texts[i], size)
    if (hash === undefined) return undefined
    hashes.set(hash, i * size)
  }
  return hashes
}

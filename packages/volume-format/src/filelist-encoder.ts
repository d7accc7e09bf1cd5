/**
 * Writes `filelist.json` (format section 5.1). Duplicati reads it strictly in sequence, so the order of properties is
 * part of the format, nothing may be added, and what is left out is decided by the rules of section 5.2.
 */
import { base64Length, encodeBase64Into, equalBytes, hashSizeBytes } from '@tercet/crypto'
import { ByteBuffer } from './byte-buffer.ts'
import { contentLayout, type DlistEntry, metadataLayout, type StreamLayout } from './dlist-entry.ts'
import { findUnstorablePath } from './path-rules.ts'
import { VolumeError } from './volume-error.ts'
import type { VolumeSettings } from './volume-settings.ts'
import { formatTime } from './volume-time.ts'

const encoder = new TextEncoder()

/** Everything that needs an escape, and unpaired surrogates, which the encoder would replace one by one anyway. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ESCAPED = /["\\\u0000-\u001f\u0085\u2028\u2029]/g
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r'
}

/** A JSON string as Duplicati writes it: as few escapes as possible, nothing beyond ASCII but U+0085, U+2028, U+2029. */
export function quoteJson(text: string): string {
  return `"${text.replace(ESCAPED, escapeOf)}"`
}

function escapeOf(char: string): string {
  return SHORT_ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

export class FilelistEncoder {
  readonly #settings: VolumeSettings
  readonly #hashSize: number
  readonly #buffer: ByteBuffer
  #lastTime = Number.NaN
  #lastTimeText = ''
  entryCount = 0

  constructor(settings: VolumeSettings, capacity: number) {
    this.#settings = settings
    this.#hashSize = hashSizeBytes(settings.blockHash)
    this.#buffer = new ByteBuffer(capacity)
    this.#buffer.append(encoder.encode('\ufeff['))
  }

  /** Bytes that wait to be taken. */
  get pendingBytes(): number {
    return this.#buffer.length
  }

  /** A copy of what was encoded since the last call. */
  take(): Uint8Array {
    const bytes = this.#buffer.filled().slice()
    this.#buffer.length = 0
    return bytes
  }

  end(): void {
    this.#buffer.appendAscii(']')
  }

  /** @throws VolumeError `VOLUME_ENTRY_INVALID`, or a code of the path */
  add(entry: DlistEntry): void {
    const problem = findUnstorablePath(entry.path)
    if (problem !== undefined)
      throw new VolumeError(problem.code, problem.message, { context: { path: entry.path } })
    const metadata = metadataLayout(entry, this.#settings)
    const content = entry.type === 'File' ? contentLayout(entry, this.#settings) : undefined
    const time = content === undefined ? '' : this.#time(entry)
    const buffer = this.#buffer
    buffer.appendAscii(this.entryCount++ === 0 ? '{"type":"' : ',{"type":"')
    buffer.appendAscii(entry.type)
    buffer.appendAscii('","path":')
    this.#appendText(quoteJson(entry.path))
    if (content !== undefined) {
      this.#appendHash(',"hash":"', content.hash)
      buffer.appendAscii(`","size":${content.sizeBytes},"time":"${time}"`)
    }
    this.#appendHash(',"metahash":"', metadata.hash)
    buffer.appendAscii(`","metasize":${metadata.sizeBytes}`)
    this.#appendMetadata(entry, metadata)
    if (content !== undefined) this.#appendContent(content)
    buffer.appendAscii('}')
  }

  #appendMetadata(entry: DlistEntry, metadata: StreamLayout): void {
    if (metadata.kind === 'lists') {
      this.#appendHashes(',"metablocklists":[', metadata.blocklists)
      return
    }
    // Files leave out what equals the metahash; folders and symlinks never do.
    const blockHash = metadata.kind === 'block' ? metadata.blockHash : metadata.hash
    if (entry.type === 'File' && equalBytes(blockHash, metadata.hash)) return
    this.#appendHash(',"metablockhash":"', blockHash)
    this.#buffer.appendAscii('"')
  }

  #appendContent(content: StreamLayout): void {
    if (content.kind === 'lists') this.#appendHashes(',"blocklists":[', content.blocklists)
    if (content.kind !== 'block' || equalBytes(content.blockHash, content.hash)) return
    this.#appendHash(',"blockhash":"', content.blockHash)
    this.#buffer.appendAscii(`","blocksize":${content.sizeBytes}`)
  }

  /** Many files share their second with the one before. */
  #time({ path, time }: DlistEntry): string {
    if (time === undefined) {
      const message = `The entry of ${JSON.stringify(path)} cannot be used: it has no time`
      throw new VolumeError('VOLUME_ENTRY_INVALID', message, { context: { path } })
    }
    if (time !== this.#lastTime) {
      this.#lastTimeText = formatTime(time)
      this.#lastTime = time
    }
    return this.#lastTimeText
  }

  #appendText(text: string): void {
    this.#buffer.reserve(text.length * 3)
    const { written } = encoder.encodeInto(text, this.#buffer.bytes.subarray(this.#buffer.length))
    this.#buffer.length += written
  }

  #appendHash(before: string, hash: Uint8Array): void {
    this.#buffer.appendAscii(before)
    this.#buffer.reserve(base64Length(hash.length))
    this.#buffer.length = encodeBase64Into(hash, this.#buffer.bytes, this.#buffer.length)
  }

  #appendHashes(before: string, hashes: Uint8Array): void {
    this.#buffer.appendAscii(before)
    for (let at = 0; at < hashes.length; at += this.#hashSize) {
      this.#appendHash(at === 0 ? '"' : ',"', hashes.subarray(at, at + this.#hashSize))
      this.#buffer.appendAscii('"')
    }
    this.#buffer.appendAscii(']')
  }
}

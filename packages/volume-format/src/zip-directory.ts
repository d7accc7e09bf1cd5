import type { RandomAccess } from '@tercet/crypto'
import { ByteBuffer } from './byte-buffer.ts'
import { VolumeError } from './volume-error.ts'
import {
  CENTRAL_HEADER,
  CENTRAL_HEADER_BYTES,
  END_RECORD,
  END_RECORD_BYTES,
  MAX_16,
  MAX_32,
  MAX_COMMENT_BYTES,
  readUint64,
  ZIP64_END_RECORD,
  ZIP64_END_RECORD_BYTES,
  ZIP64_EXTRA_ID,
  ZIP64_LOCATOR,
  ZIP64_LOCATOR_BYTES
} from './zip-format.ts'

/** More entries than this are refused: 10 million blocks in one volume are no volume. */
export const MAX_ENTRIES = 10_000_000

/**
 * The entries of an archive in packed arrays, in the order of their offsets; nothing but these arrays is held, about 40
 * bytes and the name for each entry.
 */
export interface ZipDirectory {
  readonly count: number
  /** Position of the local header. */
  readonly offsets: Float64Array
  readonly packedSizes: Float64Array
  readonly sizes: Float64Array
  readonly crcs: Uint32Array
  readonly methods: Uint16Array
  readonly flags: Uint16Array
  /** UTF-8 names, one after the other, with `/` for `\`. */
  readonly names: Uint8Array
  /** `count + 1` positions in `names`. */
  readonly nameEnds: Uint32Array
}

/** Collects entries; grows with what is really there, never with what a header announces. */
export class ZipDirectoryBuilder {
  #capacity = 64
  #offsets = new Float64Array(this.#capacity)
  #packedSizes = new Float64Array(this.#capacity)
  #sizes = new Float64Array(this.#capacity)
  #crcs = new Uint32Array(this.#capacity)
  #methods = new Uint16Array(this.#capacity)
  #flags = new Uint16Array(this.#capacity)
  #nameEnds = new Uint32Array(this.#capacity + 1)
  readonly #names = new ByteBuffer()
  count = 0

  add(
    name: Uint8Array,
    offset: number,
    packedSize: number,
    size: number,
    crc: number,
    method: number,
    flags: number
  ): void {
    if (this.count === this.#capacity) this.#grow()
    const i = this.count++
    this.#offsets[i] = offset
    this.#packedSizes[i] = packedSize
    this.#sizes[i] = size
    this.#crcs[i] = crc
    this.#methods[i] = method
    this.#flags[i] = flags
    const start = this.#names.length
    this.#names.append(name)
    const { bytes, length } = this.#names
    for (let at = start; at < length; at++) if (bytes[at] === 0x5c) bytes[at] = 0x2f
    this.#nameEnds[i + 1] = length
  }

  finish(): ZipDirectory {
    return sortedByOffset({
      count: this.count,
      offsets: this.#offsets.slice(0, this.count),
      packedSizes: this.#packedSizes.slice(0, this.count),
      sizes: this.#sizes.slice(0, this.count),
      crcs: this.#crcs.slice(0, this.count),
      methods: this.#methods.slice(0, this.count),
      flags: this.#flags.slice(0, this.count),
      names: this.#names.filled().slice(),
      nameEnds: this.#nameEnds.slice(0, this.count + 1)
    })
  }

  #grow(): void {
    if (this.count >= MAX_ENTRIES) {
      throw new VolumeError('VOLUME_LIMIT_EXCEEDED', `The archive has more than ${MAX_ENTRIES} entries`)
    }
    this.#capacity *= 2
    const grow = <T extends Float64Array | Uint32Array | Uint16Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    this.#offsets = grow(this.#offsets, new Float64Array(this.#capacity))
    this.#packedSizes = grow(this.#packedSizes, new Float64Array(this.#capacity))
    this.#sizes = grow(this.#sizes, new Float64Array(this.#capacity))
    this.#crcs = grow(this.#crcs, new Uint32Array(this.#capacity))
    this.#methods = grow(this.#methods, new Uint16Array(this.#capacity))
    this.#flags = grow(this.#flags, new Uint16Array(this.#capacity))
    this.#nameEnds = grow(this.#nameEnds, new Uint32Array(this.#capacity + 1))
  }
}

/** Directories are nearly always in the order of the content already. */
function sortedByOffset(directory: ZipDirectory): ZipDirectory {
  const { count, offsets, names, nameEnds } = directory
  let sorted = true
  for (let i = 1; i < count && sorted; i++) sorted = offsets[i - 1]! <= offsets[i]!
  if (sorted) return directory
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => offsets[a]! - offsets[b]!)
  const builder = new ZipDirectoryBuilder()
  for (const i of order) {
    builder.add(
      names.subarray(nameEnds[i]!, nameEnds[i + 1]!),
      offsets[i]!,
      directory.packedSizes[i]!,
      directory.sizes[i]!,
      directory.crcs[i]!,
      directory.methods[i]!,
      directory.flags[i]!
    )
  }
  return builder.finish()
}

/** Reads the central directory; undefined when it is missing or broken anywhere. */
export function readZipDirectory(access: RandomAccess, maxEntries = MAX_ENTRIES): ZipDirectory | undefined {
  const end = findEnd(access)
  if (end === undefined) return undefined
  if (end.count > maxEntries) {
    throw new VolumeError(
      'VOLUME_LIMIT_EXCEEDED',
      `The archive has ${end.count} entries; at most ${maxEntries} are expected`
    )
  }
  const builder = new ZipDirectoryBuilder()
  const limit = end.start + end.size
  let at = end.start
  for (let i = 0; i < end.count; i++) {
    if (at + CENTRAL_HEADER_BYTES > limit) return undefined
    const header = viewOf(access.read(at, CENTRAL_HEADER_BYTES))
    if (header.getUint32(0, true) !== CENTRAL_HEADER) return undefined
    const flags = header.getUint16(8, true)
    const method = header.getUint16(10, true)
    const crc = header.getUint32(16, true)
    const sizes: EntrySizes = {
      packed: header.getUint32(20, true),
      size: header.getUint32(24, true),
      offset: header.getUint32(42, true)
    }
    const nameLength = header.getUint16(28, true)
    const extraLength = header.getUint16(30, true)
    const commentLength = header.getUint16(32, true)
    const next = at + CENTRAL_HEADER_BYTES + nameLength + extraLength + commentLength
    if (next > limit) return undefined
    const variable = access.read(at + CENTRAL_HEADER_BYTES, nameLength + extraLength)
    if (!widen(sizes, variable.subarray(nameLength))) return undefined
    builder.add(variable.subarray(0, nameLength), sizes.offset, sizes.packed, sizes.size, crc, method, flags)
    at = next
  }
  return at === limit ? builder.finish() : undefined
}

export interface EntrySizes {
  size: number
  packed: number
  offset: number
}

/** Replaces saturated numbers by those of the zip64 field; false when such a number is missing there. */
export function widen(sizes: EntrySizes, extra: Uint8Array): boolean {
  if (sizes.size !== MAX_32 && sizes.packed !== MAX_32 && sizes.offset !== MAX_32) return true
  const view = viewOf(extra)
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true)
    if (view.getUint16(at, true) === ZIP64_EXTRA_ID) {
      const end = Math.min(at + 4 + length, extra.length)
      let from = at + 4
      for (const field of ['size', 'packed', 'offset'] as const) {
        if (sizes[field] !== MAX_32) continue
        if (from + 8 > end) return false
        sizes[field] = readUint64(view, from)
        from += 8
      }
      return true
    }
    at += 4 + length
  }
  return false
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

interface End {
  readonly count: number
  readonly start: number
  readonly size: number
}

function findEnd(access: RandomAccess): End | undefined {
  const tailLength = Math.min(access.size, END_RECORD_BYTES + MAX_COMMENT_BYTES)
  const tailStart = access.size - tailLength
  const tail = viewOf(new Uint8Array(access.read(tailStart, tailLength)))
  for (let at = tailLength - END_RECORD_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END_RECORD) continue
    if (at + END_RECORD_BYTES + tail.getUint16(at + 20, true) > tailLength) continue
    const narrow: End = {
      count: tail.getUint16(at + 10, true),
      size: tail.getUint32(at + 12, true),
      start: tail.getUint32(at + 16, true)
    }
    const end = wideEnd(access, tailStart + at, narrow)
    if (end !== undefined && end.start + end.size <= tailStart + at) return end
  }
  return undefined
}

/** The numbers of the zip64 end record where there is one; undefined when it is needed and missing or broken. */
function wideEnd(access: RandomAccess, endAt: number, narrow: End): End | undefined {
  const saturated = narrow.count === MAX_16 || narrow.size === MAX_32 || narrow.start === MAX_32
  if (!saturated) return narrow
  const locatorAt = endAt - ZIP64_LOCATOR_BYTES
  if (locatorAt < 0) return narrow.size === MAX_32 || narrow.start === MAX_32 ? undefined : narrow
  const locator = viewOf(access.read(locatorAt, ZIP64_LOCATOR_BYTES))
  if (locator.getUint32(0, true) !== ZIP64_LOCATOR) {
    // Exactly 65535 entries need no zip64.
    return narrow.size === MAX_32 || narrow.start === MAX_32 ? undefined : narrow
  }
  const at = readUint64(locator, 8)
  if (at + ZIP64_END_RECORD_BYTES > locatorAt) return undefined
  const record = viewOf(access.read(at, ZIP64_END_RECORD_BYTES))
  if (record.getUint32(0, true) !== ZIP64_END_RECORD) return undefined
  return { count: readUint64(record, 32), size: readUint64(record, 40), start: readUint64(record, 48) }
}

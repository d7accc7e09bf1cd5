import type { RandomAccess } from '@tercet/crypto'
import { type EntrySizes, viewOf, widen, type ZipDirectory, ZipDirectoryBuilder } from './zip-directory.ts'
import {
  CENTRAL_HEADER,
  DATA_DESCRIPTOR,
  FLAG_DESCRIPTOR,
  LOCAL_HEADER,
  LOCAL_HEADER_BYTES,
  readUint64
} from './zip-format.ts'

const SCAN_BYTES = 65_536

/**
 * Finds entries by their local headers, from the start, for an archive whose directory is broken or cut off. Takes every
 * entry that lies in the file completely; where an entry has no sizes in its header, they come from the data descriptor
 * behind it.
 */
export function scanLocalHeaders(access: RandomAccess): ZipDirectory {
  const builder = new ZipDirectoryBuilder()
  let at = findSignature(access, 0, isHeader)
  while (at < access.size && at + LOCAL_HEADER_BYTES <= access.size) {
    const header = viewOf(access.read(at, LOCAL_HEADER_BYTES))
    if (header.getUint32(0, true) !== LOCAL_HEADER) break
    const end = addEntry(access, at, header, builder)
    at = findSignature(access, end ?? at + 4, isHeader)
  }
  return builder.finish()
}

/** Returns where the entry ends, or undefined when it is not complete or no entry at all. */
function addEntry(
  access: RandomAccess,
  at: number,
  header: DataView,
  builder: ZipDirectoryBuilder
): number | undefined {
  const flags = header.getUint16(6, true)
  const method = header.getUint16(8, true)
  let crc = header.getUint32(14, true)
  const sizes: EntrySizes = {
    packed: header.getUint32(18, true),
    size: header.getUint32(22, true),
    offset: at
  }
  const nameLength = header.getUint16(26, true)
  const extraLength = header.getUint16(28, true)
  const start = at + LOCAL_HEADER_BYTES + nameLength + extraLength
  if (start > access.size || nameLength === 0) return undefined
  const variable = new Uint8Array(access.read(at + LOCAL_HEADER_BYTES, nameLength + extraLength))
  let descriptorBytes = 0
  if ((flags & FLAG_DESCRIPTOR) !== 0) {
    const descriptor = findDescriptor(access, start)
    if (descriptor === undefined) return undefined
    ;({ crc } = descriptor)
    sizes.packed = descriptor.packed
    sizes.size = descriptor.size
    descriptorBytes = descriptor.bytes
  } else if (!widen(sizes, variable.subarray(nameLength))) return undefined
  const end = start + sizes.packed
  if (!(end + descriptorBytes <= access.size)) return undefined
  builder.add(variable.subarray(0, nameLength), at, sizes.packed, sizes.size, crc, method, flags)
  return end + descriptorBytes
}

interface Descriptor {
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly bytes: number
}

/**
 * A data descriptor ends where the next header or the file ends, and its packed size says where it begins: the four
 * layouts (with and without signature, 32 and 64 bits) are tried at each header signature that follows.
 */
function findDescriptor(access: RandomAccess, start: number): Descriptor | undefined {
  for (let next = start; next < access.size; ) {
    next = findSignature(access, next, isHeaderOrDirectory)
    const descriptor = descriptorBefore(access, start, next)
    if (descriptor !== undefined) return descriptor
    next++
  }
  return undefined
}

function descriptorBefore(access: RandomAccess, start: number, end: number): Descriptor | undefined {
  for (const bytes of [16, 12, 24, 20]) {
    if (end - bytes < start) continue
    const view = viewOf(access.read(end - bytes, bytes))
    const signed = bytes % 8 === 0
    if (signed && view.getUint32(0, true) !== DATA_DESCRIPTOR) continue
    const at = signed ? 4 : 0
    const wide = bytes >= 20
    const packed = wide ? readUint64(view, at + 4) : view.getUint32(at + 4, true)
    const size = wide ? readUint64(view, at + 12) : view.getUint32(at + 8, true)
    if (packed === end - bytes - start) return { crc: view.getUint32(at, true), packed, size, bytes }
  }
  return undefined
}

function isHeader(signature: number): boolean {
  return signature === LOCAL_HEADER
}

function isHeaderOrDirectory(signature: number): boolean {
  return signature === LOCAL_HEADER || signature === CENTRAL_HEADER
}

/** First position from `from` on that holds such a signature, or the end of the file. */
function findSignature(access: RandomAccess, from: number, wanted: (signature: number) => boolean): number {
  for (let at = from; at + 4 <= access.size; at += SCAN_BYTES - 3) {
    const bytes = access.read(at, Math.min(SCAN_BYTES, access.size - at))
    const view = viewOf(bytes)
    for (let i = bytes.indexOf(0x50); i >= 0 && i + 4 <= bytes.length; i = bytes.indexOf(0x50, i + 1)) {
      if (wanted(view.getUint32(i, true))) return at + i
    }
  }
  return access.size
}

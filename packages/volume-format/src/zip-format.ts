/**
 * The parts of the zip format (PKWARE APPNOTE 6.3.10) that volumes use: local headers, central directory, end records,
 * zip64, and data descriptors for reading. All numbers are little-endian.
 */

export const LOCAL_HEADER = 0x04034b50
export const CENTRAL_HEADER = 0x02014b50
export const END_RECORD = 0x06054b50
export const ZIP64_END_RECORD = 0x06064b50
export const ZIP64_LOCATOR = 0x07064b50
export const DATA_DESCRIPTOR = 0x08074b50

export const LOCAL_HEADER_BYTES = 30
export const CENTRAL_HEADER_BYTES = 46
export const END_RECORD_BYTES = 22
export const ZIP64_END_RECORD_BYTES = 56
export const ZIP64_LOCATOR_BYTES = 20
export const MAX_COMMENT_BYTES = 0xffff

/** Values that say "see the zip64 field instead". */
export const MAX_16 = 0xffff
export const MAX_32 = 0xffffffff
export const ZIP64_EXTRA_ID = 1

export const FLAG_ENCRYPTED = 1
export const FLAG_DESCRIPTOR = 8
export const FLAG_UTF8 = 0x800

export const METHOD_STORED = 0
export const METHOD_DEFLATE = 8
export const METHOD_ZSTD = 93

const METHOD_NAMES: Readonly<Record<number, string>> = {
  9: 'Deflate64',
  12: 'BZip2',
  14: 'LZMA',
  95: 'XZ',
  98: 'PPMd'
}

export function methodName(method: number): string {
  return METHOD_NAMES[method] ?? `number ${method}`
}

/** Least version of the format that a reader needs for a method. */
export function versionFor(method: number, zip64: boolean): number {
  return method === METHOD_ZSTD ? 63 : zip64 ? 45 : 20
}

/** Date and time as DOS kept them, in one 32-bit number; here in UTC. */
export function dosTime(moment: Date): number {
  const year = moment.getUTCFullYear()
  if (year < 1980) return (1 << 21) | (1 << 16)
  const date = (Math.min(year, 2107) - 1980) * 512 + (moment.getUTCMonth() + 1) * 32 + moment.getUTCDate()
  const time = moment.getUTCHours() * 2048 + moment.getUTCMinutes() * 32 + (moment.getUTCSeconds() >> 1)
  return date * 65_536 + time
}

/** Reads a 64-bit number; anything beyond 2^53 becomes Infinity, which no check lets pass. */
export function readUint64(view: DataView, at: number): number {
  const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
  return Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY
}

export function writeUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true)
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true)
}

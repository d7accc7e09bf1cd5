/**
 * The parts of the ustar format (POSIX.1-1988) that volumes use: one header block for each file, content in whole blocks.
 * Volumes end with an entry that holds a directory instead of the two zero blocks of a usual archive (format section 10.2).
 */

export const TAR_BLOCK_BYTES = 512
/** The last byte of the field ends the name. */
export const MAX_TAR_NAME_BYTES = 99
/** Eleven octal digits. */
export const MAX_TAR_ENTRY_BYTES = 8 ** 11 - 1

export const DIRECTORY_ENTRY = '.eof-header'
/** What the archive ends with: where the header of the directory is, and this mark. */
export const TRAILER_MARK = /* @__PURE__ */ new TextEncoder().encode('EOFHD1')
export const TRAILER_BYTES = 8 + TRAILER_MARK.length

const SIZE_AT = 124
const TIME_AT = 136
const CHECKSUM_AT = 148
const TYPE_AT = 156
const MAGIC_AT = 257
const REGULAR_FILE = 0x30
const SPACE = 0x20

/** Bytes that content of this length takes, whole blocks. */
export function paddedBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES
}

export function encodeTarHeader(name: Uint8Array, sizeBytes: number, unixSeconds: number): Uint8Array {
  const header = new Uint8Array(TAR_BLOCK_BYTES)
  header.set(name)
  writeAscii(header, 100, '0000644 0000000 0000000 ')
  writeAscii(header, SIZE_AT, `${octal(sizeBytes, 11)} `)
  writeAscii(header, TIME_AT, `${octal(unixSeconds, 11)} `)
  header[TYPE_AT] = REGULAR_FILE
  writeAscii(header, MAGIC_AT, 'ustar\u000000')
  writeAscii(header, CHECKSUM_AT, `${octal(checksumOf(header), 6)}\u0000 `)
  return header
}

export interface TarHeader {
  readonly name: Uint8Array
  readonly sizeBytes: number
  readonly isFile: boolean
}

/** Undefined for anything that is no header. */
export function decodeTarHeader(header: Uint8Array): TarHeader | undefined {
  if (readOctal(header, CHECKSUM_AT, 8) !== checksumOf(header)) return undefined
  const sizeBytes = readOctal(header, SIZE_AT, 12)
  if (sizeBytes === undefined) return undefined
  const end = header.indexOf(0)
  const name = header.slice(0, end < 0 || end > 100 ? 100 : end)
  const type = header[TYPE_AT]
  return { name, sizeBytes, isFile: name.length > 0 && (type === REGULAR_FILE || type === 0) }
}

/** The sum of all bytes, the field itself counted as spaces. */
function checksumOf(header: Uint8Array): number {
  let sum = 8 * SPACE
  for (let i = 0; i < TAR_BLOCK_BYTES; i++) {
    if (i < CHECKSUM_AT || i >= CHECKSUM_AT + 8) sum += header[i]!
  }
  return sum
}

function readOctal(header: Uint8Array, at: number, length: number): number | undefined {
  let value: number | undefined
  for (let i = at; i < at + length; i++) {
    const byte = header[i]!
    if (byte === SPACE && value === undefined) continue
    if (byte < 0x30 || byte > 0x37) break
    value = (value ?? 0) * 8 + byte - 0x30
  }
  return value
}

function octal(value: number, digits: number): string {
  return Math.max(0, Math.floor(value)).toString(8).padStart(digits, '0')
}

function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
}

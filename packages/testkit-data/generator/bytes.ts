/** Small helpers of the writers below, which are simple on purpose: vectors must not come from the code that they test. */

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts))
}

export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >> 8) & 255)
}

/** Little-endian. */
export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24)
}

/** Little-endian. */
export function uint64(value: number): Uint8Array {
  return joined(uint32(value % 2 ** 32), uint32(Math.floor(value / 2 ** 32)))
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** Base64 as names of archive entries have it: another alphabet, the padding kept. */
export const base64Name = (bytes: Uint8Array): string =>
  base64(bytes).replaceAll('+', '-').replaceAll('/', '_')

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** A copy with one bit of the byte at `offset` turned over; counted from the end where it is negative. */
export function flipped(bytes: Uint8Array, offset: number): Uint8Array {
  const copy = bytes.slice()
  const at = offset < 0 ? copy.length + offset : offset
  copy[at] = copy[at]! ^ 1
  return copy
}

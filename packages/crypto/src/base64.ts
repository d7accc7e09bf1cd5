/**
 * Base64 in the two alphabets of the format (section 0): the standard one in JSON, the URL-safe one in archive entry
 * names, both with their padding. Decoding is strict: only the one canonical spelling of some bytes is accepted.
 *
 * The `…Into` functions work on bytes of text so that hot loops make no strings.
 */
import { CryptoError } from './crypto-error.ts'

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const PADDING = 0x3d

interface Alphabet {
  readonly letters: string
  readonly codes: Uint8Array
  /** Letter code to value; 255: no letter. */
  readonly values: Uint8Array
}

function alphabet(letters: string): Alphabet {
  const codes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0))
  const values = new Uint8Array(256).fill(255)
  codes.forEach((code, value) => {
    values[code] = value
  })
  return { letters, codes, values }
}

const standard = alphabet(STANDARD)
const urlSafe = alphabet(URL_SAFE)

/** Letters, padding included, that `sizeBytes` bytes become. */
export function base64Length(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 3) * 4
}

/** Bytes of standard Base64 text. */
export function toBase64(bytes: Uint8Array): string {
  return encode(bytes, standard.letters)
}

/** As {@link toBase64}, in the alphabet of archive entry names: `-` and `_` for `+` and `/`, padding kept. */
export function toUrlBase64(bytes: Uint8Array): string {
  return encode(bytes, urlSafe.letters)
}

/** @throws CryptoError `CRYPTO_INVALID_BASE64` for any text that {@link toBase64} does not produce */
export function fromBase64(text: string): Uint8Array {
  return decode(text, standard.values)
}

/** @throws CryptoError `CRYPTO_INVALID_BASE64` for any text that {@link toUrlBase64} does not produce */
export function fromUrlBase64(text: string): Uint8Array {
  return decode(text, urlSafe.values)
}

/** Writes the text of `bytes` to `target` at `at`, as ASCII; returns the position behind it. */
export function encodeBase64Into(bytes: Uint8Array, target: Uint8Array, at: number): number {
  return encodeInto(bytes, target, at, standard.codes)
}

/** As {@link encodeBase64Into}, in the URL-safe alphabet. */
export function encodeUrlBase64Into(bytes: Uint8Array, target: Uint8Array, at: number): number {
  return encodeInto(bytes, target, at, urlSafe.codes)
}

/**
 * Decodes the ASCII text `source[start, end)` to `target` at `at`; returns the number of bytes, or -1 when the text is
 * not canonical, in which case what was written to `target` is undefined.
 */
export function decodeBase64Into(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number
): number {
  return decodeInto(source, start, end, target, at, standard.values)
}

/** As {@link decodeBase64Into}, in the URL-safe alphabet. */
export function decodeUrlBase64Into(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number
): number {
  return decodeInto(source, start, end, target, at, urlSafe.values)
}

function encode(bytes: Uint8Array, letters: string): string {
  let text = ''
  let at = 0
  for (; at + 2 < bytes.length; at += 3) {
    const group = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
    text +=
      letters[group >> 18]! +
      letters[(group >> 12) & 63]! +
      letters[(group >> 6) & 63]! +
      letters[group & 63]!
  }
  const rest = bytes.length - at
  if (rest === 1) text += `${letters[bytes[at]! >> 2]}${letters[(bytes[at]! & 3) << 4]}==`
  if (rest === 2) {
    const group = (bytes[at]! << 8) | bytes[at + 1]!
    text += `${letters[group >> 10]}${letters[(group >> 4) & 63]}${letters[(group & 15) << 2]}=`
  }
  return text
}

function encodeInto(bytes: Uint8Array, target: Uint8Array, at: number, codes: Uint8Array): number {
  let to = at
  let from = 0
  for (; from + 2 < bytes.length; from += 3) {
    const group = (bytes[from]! << 16) | (bytes[from + 1]! << 8) | bytes[from + 2]!
    target[to++] = codes[group >> 18]!
    target[to++] = codes[(group >> 12) & 63]!
    target[to++] = codes[(group >> 6) & 63]!
    target[to++] = codes[group & 63]!
  }
  const rest = bytes.length - from
  if (rest > 0) {
    const group = (bytes[from]! << 8) | (rest === 2 ? bytes[from + 1]! : 0)
    target[to++] = codes[group >> 10]!
    target[to++] = codes[(group >> 4) & 63]!
    target[to++] = rest === 2 ? codes[(group & 15) << 2]! : PADDING
    target[to++] = PADDING
  }
  return to
}

function decode(text: string, values: Uint8Array): Uint8Array {
  const codes = new Uint8Array(text.length)
  // Letters beyond ASCII become 0, which is no letter of an alphabet either.
  for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i) < 128 ? text.charCodeAt(i) : 0
  const bytes = new Uint8Array(Math.ceil(text.length / 4) * 3)
  const size = decodeInto(codes, 0, codes.length, bytes, 0, values)
  if (size < 0) throw new CryptoError('CRYPTO_INVALID_BASE64', 'Not canonical Base64 with padding')
  return bytes.subarray(0, size)
}

function decodeInto(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  values: Uint8Array
): number {
  const length = end - start
  if (length % 4 !== 0) return -1
  if (length === 0) return 0
  const padding = source[end - 1] !== PADDING ? 0 : source[end - 2] !== PADDING ? 1 : 2
  const whole = padding === 0 ? end : end - 4
  let to = at
  for (let from = start; from < whole; from += 4) {
    const a = values[source[from]!]!
    const b = values[source[from + 1]!]!
    const c = values[source[from + 2]!]!
    const d = values[source[from + 3]!]!
    if ((a | b | c | d) > 63) return -1
    target[to++] = (a << 2) | (b >> 4)
    target[to++] = ((b & 15) << 4) | (c >> 2)
    target[to++] = ((c & 3) << 6) | d
  }
  if (padding > 0) {
    const a = values[source[whole]!]!
    const b = values[source[whole + 1]!]!
    const c = padding === 1 ? values[source[whole + 2]!]! : 0
    // Bits that belong to no byte must be zero, or two texts would stand for the same bytes.
    if ((a | b | c) > 63 || (padding === 1 ? c & 3 : b & 15) !== 0) return -1
    target[to++] = (a << 2) | (b >> 4)
    if (padding === 1) target[to++] = ((b & 15) << 4) | (c >> 2)
  }
  return to - at
}

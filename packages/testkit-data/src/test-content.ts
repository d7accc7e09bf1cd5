const WORDS = [
  'archive',
  'byte',
  'copy',
  'disk',
  'entry',
  'folder',
  'hash',
  'index',
  'key',
  'list',
  'medium',
  'version'
]

/** A reproducible sequence of 32-bit numbers (xorshift). */
export function numbersFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state
  }
}

/** Bytes that do not compress; the same for the same seed, and a beginning of every longer one. */
export function noise(length: number, seed: number): Uint8Array {
  const next = numbersFrom(seed)
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, next)
  return new Uint8Array(words.buffer, 0, length)
}

/** Text that compresses well. */
export function prose(length: number, seed: number): Uint8Array {
  const next = numbersFrom(seed)
  let text = ''
  while (text.length < length) text += `${WORDS[next() % WORDS.length]}${next() % 9 === 0 ? '.\n' : ' '}`
  return new TextEncoder().encode(text.slice(0, length))
}

import * as native from '../src/index.node.ts'
import * as portable from '../src/index.ts'

/** Both entries of the package: every test that calls a codec runs over each. */
export const entries: readonly (readonly [string, typeof portable])[] = [
  ['portable', portable],
  ['node', native]
]

/** Bytes that look random and are the same in each run. */
export function noise(sizeBytes: number, seed = 1): Uint8Array {
  let state = (seed * 2654435761) >>> 0 || 1
  return Uint8Array.from({ length: sizeBytes }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state & 255
  })
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

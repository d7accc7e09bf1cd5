import * as native from '../src/index.node.ts'
import * as portable from '../src/index.ts'

/** Both entries of the package: every test that calls a primitive runs over each. */
export const entries: readonly (readonly [string, typeof portable])[] = [
  ['portable', portable],
  ['node', native]
]

export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Bytes that look random and are the same in each run. */
export function noise(sizeBytes: number, seed = 1): Uint8Array {
  let state = seed >>> 0 || 1
  return Uint8Array.from({ length: sizeBytes }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state & 255
  })
}

/** Hands out the given pieces in turn instead of random bytes. */
export function scriptedRandom(...pieces: Uint8Array[]): (sizeBytes: number) => Uint8Array {
  return (sizeBytes) => {
    const piece = pieces.shift()
    if (piece?.length !== sizeBytes) throw new Error(`no piece of ${sizeBytes} bytes is next`)
    return piece
  }
}

export const range = (from: number, to: number): Uint8Array =>
  Uint8Array.from({ length: to - from + 1 }, (_, i) => from + i)

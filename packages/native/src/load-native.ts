import { type AesCbcCodec, openAesCbc } from './aes-cbc.ts'
import { type DeflateCodec, openDeflate } from './deflate.ts'
import { koffi } from './koffi.ts'
import { openPosix, type Posix } from './posix.ts'
import { openZstd, type ZstdCodec } from './zstd.ts'

/** What this system offers beyond Node's own API. Each part is undefined where it is missing. */
export interface Native {
  /** Zstandard with kept contexts; without it, use `node:zlib`. */
  readonly zstd: ZstdCodec | undefined
  /** Deflate with kept contexts; without it, use `node:zlib`. */
  readonly deflate: DeflateCodec | undefined
  /** AES-256-CBC into kept memory; without it, use `node:crypto`. */
  readonly aesCbc: AesCbcCodec | undefined
  /** System calls; without them, use `node:fs`, and see what is said where they are used. */
  readonly posix: Posix | undefined
}

let native: { readonly value: Native | undefined } | undefined

/**
 * The native functions, or undefined where koffi is missing or the environment says `TERCET_NO_NATIVE=1`. Never
 * throws. Nothing is loaded before the first call; later calls in the same thread return the same object, so callers
 * that want to do without it simply do not call.
 */
export function loadNative(): Native | undefined {
  if (process.env['TERCET_NO_NATIVE'] === '1') return undefined
  native ??= { value: open() }
  return native.value
}

function open(): Native | undefined {
  const ffi = koffi()
  if (ffi === undefined) return undefined
  return {
    zstd: openZstd(ffi),
    deflate: openDeflate(ffi),
    aesCbc: openAesCbc(ffi),
    posix: openPosix(ffi)
  }
}

import { type CompressionSetting, isSolidCompression, type SolidCompression } from './compression-setting.ts'
import { looksLikeNoise } from './noise.ts'
import type { Encoder, Platform } from './platform.ts'
import { VolumeError } from './volume-error.ts'
import { METHOD_DEFLATE, METHOD_STORED, METHOD_ZSTD } from './zip-format.ts'

/** `store`: known not to compress, as blocklists are; `auto`: find out. */
export type CompressionHint = 'auto' | 'store'

/** Compresses entries with kept contexts, and stores what does not get smaller. Not to be shared between threads. */
export interface Compressor extends Disposable {
  /** Set where volumes are compressed as a whole; then entries are not. */
  readonly solid?: SolidCompression | undefined
  /** Zip method of the last result: 0, 8 or 93. */
  readonly method: number
  /** Packed bytes, valid until the next call, or `data` itself when it is to be stored. */
  compress(data: Uint8Array, hint?: CompressionHint): Uint8Array
}

/** Shorter data gains nothing worth a call. */
const LEAST_BYTES = 64
/** A result has to save one part in 64, or reading it costs more than it is worth. */
const LEAST_GAIN_SHIFT = 6
/** Up to this size Zstandard passes over noise sooner than anybody could tell that it is some. */
const LEAST_NOISE_FOR_ZSTD = 32_768
/**
 * Blocks of these sizes are packed at this level at least. It makes them 3 % smaller than level 1 does, for little
 * time because zstd's tables are small then. Shorter blocks would gain nothing, longer ones are where the time goes.
 */
const MEDIUM_ZSTD_LEVEL = 3
const MEDIUM_FROM_BYTES = 4096
const MEDIUM_TO_BYTES = 262_144

/** @throws VolumeError `VOLUME_UNSUPPORTED_METHOD` for Zstandard where it cannot be written */
export function createCompressor(platform: Platform, setting: CompressionSetting): Compressor {
  if (setting.method === 'none') {
    return { method: METHOD_STORED, compress: (data) => data, [Symbol.dispose]() {} }
  }
  if (isSolidCompression(setting)) {
    return { solid: setting, method: METHOD_STORED, compress: (data) => data, [Symbol.dispose]() {} }
  }
  if (setting.method === 'deflate') {
    return new CodecCompressor(METHOD_DEFLATE, createEncoder(platform, 'deflate', setting.level), 0)
  }
  return new CodecCompressor(METHOD_ZSTD, createZstdEncoder(platform, setting.level), LEAST_NOISE_FOR_ZSTD)
}

function createZstdEncoder(platform: Platform, level: number): Encoder {
  const usual = createEncoder(platform, 'zstd', level)
  if (level >= MEDIUM_ZSTD_LEVEL) return usual
  const medium = createEncoder(platform, 'zstd', MEDIUM_ZSTD_LEVEL)
  return {
    compress(data) {
      const isMedium = data.length > MEDIUM_FROM_BYTES && data.length <= MEDIUM_TO_BYTES
      return (isMedium ? medium : usual).compress(data)
    },
    [Symbol.dispose]() {
      usual[Symbol.dispose]()
      medium[Symbol.dispose]()
    }
  }
}

function createEncoder(platform: Platform, method: 'deflate' | 'zstd', level: number): Encoder {
  const encoder = platform.createEncoder(method, level)
  if (encoder !== undefined) return encoder
  throw new VolumeError(
    'VOLUME_UNSUPPORTED_METHOD',
    'Zstandard cannot be written on this platform: use deflate or none'
  )
}

class CodecCompressor implements Compressor {
  readonly #codecMethod: number
  readonly #encoder: Encoder
  readonly #leastNoise: number
  method = METHOD_STORED

  /** @param leastNoise size from which on data that looks like noise is not tried */
  constructor(codecMethod: number, encoder: Encoder, leastNoise: number) {
    this.#codecMethod = codecMethod
    this.#encoder = encoder
    this.#leastNoise = leastNoise
  }

  compress(data: Uint8Array, hint: CompressionHint = 'auto'): Uint8Array {
    this.method = METHOD_STORED
    if (hint === 'store' || data.length < LEAST_BYTES) return data
    if (data.length >= this.#leastNoise && looksLikeNoise(data)) return data
    const packed = this.#encoder.compress(data)
    if (packed === undefined || packed.length >= data.length - (data.length >>> LEAST_GAIN_SHIFT)) return data
    this.method = this.#codecMethod
    return packed
  }

  [Symbol.dispose](): void {
    this.#encoder[Symbol.dispose]()
  }
}

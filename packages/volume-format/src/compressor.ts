import type { CompressionSetting } from './compression-setting.ts'
import type { Platform, ZstdEncoder } from './platform.ts'
import { VolumeError } from './volume-error.ts'
import { METHOD_DEFLATE, METHOD_STORED, METHOD_ZSTD } from './zip-format.ts'

/** `store`: known not to compress, as blocklists are; `auto`: find out. */
export type CompressionHint = 'auto' | 'store'

/** Remembers whether the blocks of one stream compress, so that a big incompressible file is not tried block by block. */
export interface CompressionMemory {
  /** Blocks in a row that did not compress. */
  misses: number
  /** Blocks that are stored without a try before the next one is tried. */
  skip: number
}

export function createCompressionMemory(): CompressionMemory {
  return { misses: 0, skip: 0 }
}

/** Compresses entries with kept contexts, and stores what does not get smaller. Not to be shared between threads. */
export interface Compressor extends Disposable {
  /** Zip method of the last result: 0, 8 or 93. */
  readonly method: number
  /** Packed bytes, valid until the next call, or `data` itself when it is to be stored. */
  compress(data: Uint8Array, hint?: CompressionHint, memory?: CompressionMemory): Uint8Array
}

/** Shorter data gains nothing worth a call. */
const LEAST_BYTES = 64
/** A result has to save one part in 64, or reading it costs more than it is worth. */
const LEAST_GAIN_SHIFT = 6
/** From this size on, a sample is compressed first where a try of the whole would be slow. */
const PROBE_FROM_BYTES = 32_768
const PROBE_PIECE_BYTES = 2048
/** Zstandard up to this level passes over noise at gigabytes a second; a probe would only cost. */
const FAST_ZSTD_LEVEL = 6
/** After this many misses blocks are skipped, twice as many each time, up to the most. */
const MISSES_BEFORE_SKIPPING = 2
const MOST_SKIPPED = 32

/** @throws VolumeError `VOLUME_UNSUPPORTED_METHOD` for Zstandard where it cannot be written */
export function createCompressor(platform: Platform, setting: CompressionSetting): Compressor {
  if (setting.method === 'none') {
    return { method: METHOD_STORED, compress: (data) => data, [Symbol.dispose]() {} }
  }
  if (setting.method === 'deflate') {
    const pack = (data: Uint8Array) => platform.deflateRaw(data, setting.level)
    return new CodecCompressor(METHOD_DEFLATE, pack, true, undefined)
  }
  const encoder = platform.createZstdEncoder(setting.level)
  if (encoder === undefined) {
    throw new VolumeError(
      'VOLUME_UNSUPPORTED_METHOD',
      'Zstandard cannot be written on this platform: use deflate or none'
    )
  }
  const pack = (data: Uint8Array) => encoder.compress(data)
  return new CodecCompressor(METHOD_ZSTD, pack, setting.level > FAST_ZSTD_LEVEL, encoder)
}

class CodecCompressor implements Compressor {
  readonly #codecMethod: number
  readonly #pack: (data: Uint8Array) => Uint8Array | undefined
  readonly #probes: boolean
  readonly #encoder: ZstdEncoder | undefined
  readonly #sample = new Uint8Array(3 * PROBE_PIECE_BYTES)
  method = METHOD_STORED

  constructor(
    codecMethod: number,
    pack: (data: Uint8Array) => Uint8Array | undefined,
    probes: boolean,
    encoder: ZstdEncoder | undefined
  ) {
    this.#codecMethod = codecMethod
    this.#pack = pack
    this.#probes = probes
    this.#encoder = encoder
  }

  compress(data: Uint8Array, hint: CompressionHint = 'auto', memory?: CompressionMemory): Uint8Array {
    this.method = METHOD_STORED
    if (hint === 'store' || data.length < LEAST_BYTES) return data
    if (memory !== undefined && memory.skip > 0) {
      memory.skip--
      return data
    }
    const packed = this.#looksCompressible(data) ? this.#pack(data) : undefined
    const gained = packed !== undefined && pays(packed.length, data.length)
    if (memory !== undefined) remember(memory, gained)
    if (!gained) return data
    this.method = this.#codecMethod
    return packed
  }

  /** A sample of three pieces tells noise from data for a hundredth of the cost of trying a whole block. */
  #looksCompressible(data: Uint8Array): boolean {
    if (!this.#probes || data.length < PROBE_FROM_BYTES) return true
    for (let i = 0; i < 3; i++) {
      const from = Math.floor(((data.length - PROBE_PIECE_BYTES) * i) / 2)
      this.#sample.set(data.subarray(from, from + PROBE_PIECE_BYTES), i * PROBE_PIECE_BYTES)
    }
    const packed = this.#pack(this.#sample)
    return packed !== undefined && pays(packed.length, this.#sample.length)
  }

  [Symbol.dispose](): void {
    this.#encoder?.[Symbol.dispose]()
  }
}

function pays(packedBytes: number, sizeBytes: number): boolean {
  return packedBytes < sizeBytes - (sizeBytes >>> LEAST_GAIN_SHIFT)
}

function remember(memory: CompressionMemory, gained: boolean): void {
  memory.misses = gained ? 0 : memory.misses + 1
  const over = memory.misses - MISSES_BEFORE_SKIPPING
  memory.skip = over < 0 ? 0 : Math.min(2 ** Math.min(over, 10), MOST_SKIPPED)
}

import { KeptContext } from './kept-context.ts'
import { type Koffi, type KoffiLibrary, openLibrary } from './koffi.ts'
import { NativeError } from './native-error.ts'

/**
 * Zstandard with contexts that are kept between calls. A call costs a fifth of Node's one-shot functions for blocks of
 * a few kilobytes, because those make and drop a context each time. The frames are ordinary ones that carry their
 * content size; no checksum and no dictionary.
 */
export interface ZstdCodec {
  /** Version of the library in use, as in `1.5.7`. */
  readonly version: string
  readonly minLevel: number
  readonly maxLevel: number
  /** Size of a target that `compress` can never find too small. */
  compressBound(sizeBytes: number): number
  /** @throws RangeError when `level` is not a whole number from `minLevel` to `maxLevel` */
  createCompressor(level: number): ZstdCompressor
  createDecompressor(): ZstdDecompressor
}

/** Not to be shared between threads. Native memory is freed by `[Symbol.dispose]`, or with the object. */
export interface ZstdCompressor extends Disposable {
  /**
   * Writes one frame with all of `source` to the start of `target`.
   *
   * @returns bytes written, or -1 if the frame does not fit, in which case the content of `target` is undefined
   * @throws NativeError `NATIVE_ZSTD_FAILED`
   */
  compress(source: Uint8Array, target: Uint8Array): number
}

/** Not to be shared between threads. Native memory is freed by `[Symbol.dispose]`, or with the object. */
export interface ZstdDecompressor extends Disposable {
  /**
   * Writes the content of all frames in `source` to the start of `target`. Needs no memory beyond `target`, whatever
   * the frames announce.
   *
   * @returns bytes written, or -1 if the content does not fit, in which case the content of `target` is undefined
   * @throws NativeError `NATIVE_ZSTD_CORRUPT`
   */
  decompress(source: Uint8Array, target: Uint8Array): number
}

const COMPRESSION_LEVEL = 100
const DESTINATION_TOO_SMALL = 70
const MEMORY_ALLOCATION = 64

/** The Zstandard of the process itself (Node is linked with it), else of the system, else undefined. */
export function openZstd(ffi: Koffi): ZstdCodec | undefined {
  const library = openLibrary(ffi, [null, ...SYSTEM_LIBRARIES], 'ZSTD_compress2')
  if (library === undefined) return undefined
  try {
    return bindZstd(library)
  } catch {
    return undefined
  }
}

const SYSTEM_LIBRARIES =
  process.platform === 'darwin'
    ? ['libzstd.1.dylib', '/opt/homebrew/lib/libzstd.1.dylib', '/usr/local/lib/libzstd.1.dylib']
    : process.platform === 'win32'
      ? ['libzstd.dll']
      : ['libzstd.so.1']

/** A `size_t` result: failures are huge and arrive as a bigint, sizes as a number. */
type SizeResult = number | bigint
type Codec = (
  context: number,
  target: Uint8Array,
  capacity: number,
  source: Uint8Array,
  size: number
) => SizeResult

function bindZstd(library: KoffiLibrary): ZstdCodec {
  const create = library.func<() => number>('ZSTD_createCCtx', 'uintptr_t', [])
  const free = library.func<(context: number) => SizeResult>('ZSTD_freeCCtx', 'size_t', ['uintptr_t'])
  const setParameter = library.func<(context: number, key: number, value: number) => SizeResult>(
    'ZSTD_CCtx_setParameter',
    'size_t',
    ['uintptr_t', 'int', 'int']
  )
  const code = ['uintptr_t', 'void *', 'size_t', 'void *', 'size_t']
  const compress = library.func<Codec>('ZSTD_compress2', 'size_t', code)
  const createD = library.func<() => number>('ZSTD_createDCtx', 'uintptr_t', [])
  const freeD = library.func<(context: number) => SizeResult>('ZSTD_freeDCtx', 'size_t', ['uintptr_t'])
  const decompress = library.func<Codec>('ZSTD_decompressDCtx', 'size_t', code)
  const bound = library.func<(size: number) => number>('ZSTD_compressBound', 'size_t', ['size_t'])
  const errorCode = library.func<(result: SizeResult) => number>('ZSTD_getErrorCode', 'int', ['size_t'])
  const errorName = library.func<(result: SizeResult) => string>('ZSTD_getErrorName', 'str', ['size_t'])
  const versionString = library.func<() => string>('ZSTD_versionString', 'str', [])
  const minLevel = library.func<() => number>('ZSTD_minCLevel', 'int', [])()
  const maxLevel = library.func<() => number>('ZSTD_maxCLevel', 'int', [])()

  /** The size, or -1 for a target that is too small. */
  function sizeOrThrow(result: SizeResult, corruptible: boolean): number {
    if (typeof result === 'number') return result
    const code = errorCode(result)
    if (code === DESTINATION_TOO_SMALL) return -1
    const corrupt = corruptible && code !== MEMORY_ALLOCATION
    throw new NativeError(
      corrupt ? 'NATIVE_ZSTD_CORRUPT' : 'NATIVE_ZSTD_FAILED',
      `Zstandard ${corrupt ? 'data is damaged' : 'failed'}: ${errorName(result)}`
    )
  }

  return {
    version: versionString(),
    minLevel,
    maxLevel,
    compressBound: bound,
    createCompressor(level) {
      if (!Number.isInteger(level) || level < minLevel || level > maxLevel) {
        throw new RangeError(`Zstandard level ${level} is not a whole number from ${minLevel} to ${maxLevel}`)
      }
      const context = kept(create(), free)
      sizeOrThrow(setParameter(context.get(), COMPRESSION_LEVEL, level), false)
      return {
        compress: (source, target) =>
          sizeOrThrow(compress(context.get(), target, target.length, source, source.length), false),
        [Symbol.dispose]: () => context.free()
      }
    },
    createDecompressor() {
      const context = kept(createD(), freeD)
      return {
        decompress: (source, target) =>
          sizeOrThrow(decompress(context.get(), target, target.length, source, source.length), true),
        [Symbol.dispose]: () => context.free()
      }
    }
  }
}

function kept(pointer: number, free: (context: number) => unknown): KeptContext<number> {
  return new KeptContext(pointer === 0 ? undefined : pointer, free, 'NATIVE_ZSTD_FAILED')
}

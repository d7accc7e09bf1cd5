import { endianness } from 'node:os'
import { KeptContext } from './kept-context.ts'
import { type Koffi, type KoffiLibrary, openLibrary } from './koffi.ts'
import { NativeError } from './native-error.ts'

/**
 * Raw deflate (RFC 1951) with contexts that are kept between calls. Node's one-shot functions make and drop a context
 * and a stream object each time, which costs more than the work itself for blocks of a few kilobytes.
 */
export interface DeflateCodec {
  /** Version of the library in use. */
  readonly version: string
  /** @throws RangeError when `level` is not a whole number from 1 to 9 */
  createCompressor(level: number): DeflateCompressor
  createDecompressor(): DeflateDecompressor
}

/** Not to be shared between threads. Native memory is freed by `[Symbol.dispose]`, or with the object. */
export interface DeflateCompressor extends Disposable {
  /**
   * Writes one deflate stream with all of `source` to the start of `target`.
   *
   * @returns bytes written, or -1 if the stream does not fit, in which case the content of `target` is undefined
   * @throws NativeError `NATIVE_DEFLATE_FAILED`
   */
  compress(source: Uint8Array, target: Uint8Array): number
}

/** Not to be shared between threads. Native memory is freed by `[Symbol.dispose]`, or with the object. */
export interface DeflateDecompressor extends Disposable {
  /**
   * Writes the content of the deflate stream in `source` to the start of `target`. Bytes after its end are ignored.
   *
   * @returns bytes written, or -1 if the content does not fit, in which case the content of `target` is undefined
   * @throws NativeError `NATIVE_DEFLATE_CORRUPT` for a stream that is damaged or cut off
   */
  decompress(source: Uint8Array, target: Uint8Array): number
}

const OK = 0
const STREAM_END = 1
const BUFFER_ERROR = -5
const FINISH = 4
const METHOD_DEFLATED = 8
/** The whole window of 32 KiB; negative: no header around the stream. */
const RAW_WINDOW_BITS = -15
const USUAL_MEMORY = 8
const USUAL_STRATEGY = 0

/** `z_stream` where pointers and `unsigned long` have 64 bits, as on every such system but Windows. */
const STREAM_BYTES = 112
const NEXT_IN = 0
const AVAILABLE_IN = 8
const NEXT_OUT = 24
const AVAILABLE_OUT = 32

/**
 * The zlib that the process is linked with, else undefined. A library of the system besides it would not do: its inner
 * calls would be bound to the functions that the process exports under the same names.
 */
export function openDeflate(ffi: Koffi): DeflateCodec | undefined {
  if (process.platform === 'win32' || !/64$/.test(process.arch) || endianness() !== 'LE') return undefined
  const library = openLibrary(ffi, [null], 'deflateInit2_')
  if (library === undefined) return undefined
  try {
    return bindDeflate(ffi, library)
  } catch {
    return undefined
  }
}

type StreamCall = (stream: Uint8Array, flush: number) => number

function bindDeflate(ffi: Koffi, library: KoffiLibrary): DeflateCodec {
  const initialise = library.func<(stream: Uint8Array, ...settings: (number | string)[]) => number>(
    'deflateInit2_',
    'int',
    ['void *', 'int', 'int', 'int', 'int', 'int', 'str', 'int']
  )
  const initialiseInflate = library.func<
    (stream: Uint8Array, windowBits: number, version: string, size: number) => number
  >('inflateInit2_', 'int', ['void *', 'int', 'str', 'int'])
  const one = (name: string) => library.func<(stream: Uint8Array) => number>(name, 'int', ['void *'])
  const run = (name: string) => library.func<StreamCall>(name, 'int', ['void *', 'int'])
  const reset = one('deflateReset')
  const end = one('deflateEnd')
  const deflate = run('deflate')
  const resetInflate = one('inflateReset')
  const endInflate = one('inflateEnd')
  const inflate = run('inflate')
  const version = library.func<() => string>('zlibVersion', 'str', [])()

  return {
    version,
    createCompressor(level) {
      if (!Number.isInteger(level) || level < 1 || level > 9) {
        throw new RangeError(`Deflate level ${level} is not a whole number from 1 to 9`)
      }
      const stream = new Stream(ffi, end, (bytes) =>
        initialise(
          bytes,
          level,
          METHOD_DEFLATED,
          RAW_WINDOW_BITS,
          USUAL_MEMORY,
          USUAL_STRATEGY,
          version,
          STREAM_BYTES
        )
      )
      return {
        compress(source, target) {
          const result = stream.run(reset, deflate, source, target)
          if (result === STREAM_END) return stream.written(target)
          if (result === OK || result === BUFFER_ERROR) return -1
          throw new NativeError('NATIVE_DEFLATE_FAILED', `Deflate failed with ${result}`)
        },
        [Symbol.dispose]: () => stream.free()
      }
    },

    createDecompressor() {
      const stream = new Stream(ffi, endInflate, (bytes) =>
        initialiseInflate(bytes, RAW_WINDOW_BITS, version, STREAM_BYTES)
      )
      return {
        decompress(source, target) {
          const result = stream.run(resetInflate, inflate, source, target)
          if (result === STREAM_END) return stream.written(target)
          // Without room left it may be that only the end mark is missing, which is no difference worth a look.
          if ((result === OK || result === BUFFER_ERROR) && stream.isFull) return -1
          throw new NativeError('NATIVE_DEFLATE_CORRUPT', `Deflate data is damaged or cut off (${result})`)
        },
        [Symbol.dispose]: () => stream.free()
      }
    }
  }
}

/** A `z_stream` in memory of its own, which zlib points back to: it must neither move nor be copied. */
class Stream {
  readonly #ffi: Koffi
  readonly #view: DataView
  readonly #context: KeptContext<Uint8Array<ArrayBuffer>>

  constructor(ffi: Koffi, end: (stream: Uint8Array) => unknown, initialise: (stream: Uint8Array) => number) {
    const bytes = new Uint8Array(STREAM_BYTES)
    this.#ffi = ffi
    this.#view = new DataView(bytes.buffer)
    const ready = initialise(bytes) === OK
    this.#context = new KeptContext(ready ? bytes : undefined, end, 'NATIVE_DEFLATE_FAILED')
  }

  /** One stream from `source` to `target`, from the start of both; returns what zlib says. */
  run(
    reset: (stream: Uint8Array) => number,
    step: StreamCall,
    source: Uint8Array,
    target: Uint8Array
  ): number {
    const bytes = this.#context.get()
    const view = this.#view
    reset(bytes)
    view.setBigUint64(NEXT_IN, this.#ffi.address(source), true)
    // An empty array has no address, which zlib would not take.
    view.setBigUint64(NEXT_OUT, this.#ffi.address(target.length > 0 ? target : bytes), true)
    // Lengths last: the arrays are needed until after the last allocation of JavaScript before zlib runs.
    view.setUint32(AVAILABLE_IN, source.length, true)
    view.setUint32(AVAILABLE_OUT, target.length, true)
    return step(bytes, FINISH)
  }

  get isFull(): boolean {
    return this.#view.getUint32(AVAILABLE_OUT, true) === 0
  }

  written(target: Uint8Array): number {
    return target.length - this.#view.getUint32(AVAILABLE_OUT, true)
  }

  free(): void {
    this.#context.free()
  }
}

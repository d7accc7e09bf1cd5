import { NativeError } from './native-error.ts'

/** Native memory that goes with the object which holds it, and that is never used after it was freed. */
export class KeptContext<Context> {
  static readonly #registry = new FinalizationRegistry<() => void>((free) => free())
  readonly #free: (context: Context) => unknown
  #context: Context | undefined

  /**
   * @param context undefined: there was no memory for one
   * @throws NativeError `code`
   */
  constructor(
    context: Context | undefined,
    free: (context: Context) => unknown,
    code: 'NATIVE_ZSTD_FAILED' | 'NATIVE_DEFLATE_FAILED' | 'NATIVE_AES_FAILED'
  ) {
    if (context === undefined) throw new NativeError(code, 'There is no memory for the context of a codec')
    this.#context = context
    this.#free = free
    KeptContext.#registry.register(this, () => free(context), this)
  }

  get(): Context {
    if (this.#context === undefined) throw new TypeError('This codec was disposed')
    return this.#context
  }

  free(): void {
    if (this.#context === undefined) return
    KeptContext.#registry.unregister(this)
    this.#free(this.#context)
    this.#context = undefined
  }
}

import type { Readable } from 'node:stream'

/** Bytes that may wait until the stream is told to pause. */
const MOST_WAITING = 256 * 1024

/**
 * What a stream brings, as it brings it: an iterator of the stream would look for the end of it anew with each piece, and
 * put those together that came in between. An abort is told at once.
 */
export class Arrivals implements Disposable {
  readonly #stream: Readable
  readonly #signal: AbortSignal | undefined
  readonly #onAbort = (): void => this.#settle(this.#signal?.reason)
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #end: { readonly error: unknown } | undefined
  #wake = (): void => {}

  constructor(stream: Readable, signal: AbortSignal | undefined) {
    this.#stream = stream
    this.#signal = signal
    if (stream.destroyed) this.#close()
    stream.once('end', () => this.#settle(undefined))
    stream.on('error', (error) => this.#settle(error))
    stream.once('close', () => this.#close())
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    stream.on('data', (chunk: Uint8Array) => this.#take(chunk))
  }

  /**
   * What has come since the last call, or comes next; undefined at the end.
   *
   * @throws what the stream failed with; the reason of the signal
   */
  async next(): Promise<readonly Uint8Array[] | undefined> {
    this.#signal?.throwIfAborted()
    if (this.#waiting.length === 0 && this.#end === undefined)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        this.#stream.resume()
      })
    this.#signal?.throwIfAborted()
    if (this.#waiting.length === 0) {
      if (this.#end?.error !== undefined) throw this.#end.error
      return undefined
    }
    const come = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    return come
  }

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#stream.destroy()
  }

  #take(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.byteLength
    if (this.#waitingBytes >= MOST_WAITING) this.#stream.pause()
    this.#wake()
  }

  #close(): void {
    if (this.#end === undefined) this.#settle(this.#stream.errored ?? tooEarly())
  }

  #settle(error: unknown): void {
    this.#end ??= { error }
    this.#wake()
  }
}

function tooEarly(): Error {
  return Object.assign(new Error('The stream was closed before its end'), {
    code: 'ERR_STREAM_PREMATURE_CLOSE'
  })
}

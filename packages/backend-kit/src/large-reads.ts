import type { OnReadOpts } from 'node:net'

/** Bytes that one piece of memory takes: as large as the allocator can use again without asking the system for it. */
const PIECE_BYTES = 120 * 1024
/** With less room than this a new piece is begun. */
const ROOM_BYTES = 32 * 1024
/** Rests of pieces that the next who read begin with; so short files do not take a piece each. */
const spares: Uint8Array[] = []
const MOST_SPARES = 8
/** Bytes that may wait for who takes them, so that neither side waits for the other. */
const AHEAD_BYTES = 1024 * 1024

export interface LargeReadsOptions {
  /** Enough is waiting: the socket is to be paused. */
  pause(): void
  /** There is room again. */
  resume(): void
}

/**
 * What arrives at a connection, for one reader, in pieces as large as it lets them become: while the reader is busy the next
 * bytes are written behind those that wait already. A socket that reads by itself hands over 64 KiB at most, each in memory of
 * its own, and what each costs on its way is then most of a transfer.
 */
export class LargeReads implements AsyncIterable<Uint8Array> {
  /** For the constructor of `net.Socket`. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#room(),
    callback: (bytes) => {
      this.#filled += bytes
      this.#arrived(bytes)
      return true
    }
  }
  readonly #options: LargeReadsOptions
  readonly #whole: Uint8Array[] = []
  #piece: Uint8Array = new Uint8Array(0)
  /** In the piece: what was handed over, and what has arrived. */
  #taken = 0
  #filled = 0
  #waiting = 0
  #hasEnded = false
  #isPaused = false
  #wake: (() => void) | undefined

  constructor(options: LargeReadsOptions) {
    this.#options = options
  }

  /** Adds what has memory of its own. */
  push(chunk: Uint8Array): void {
    this.#close()
    this.#whole.push(chunk)
    this.#arrived(chunk.byteLength)
  }

  /** Nothing more arrives: whoever writes into the pieces has stopped. */
  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#close()
    if (this.#piece.byteLength - this.#filled >= ROOM_BYTES && spares.length < MOST_SPARES)
      spares.push(this.#piece.subarray(this.#filled))
    this.#piece = new Uint8Array(0)
    this.#taken = 0
    this.#filled = 0
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#take()
      if (chunk !== undefined) yield chunk
      else if (this.#hasEnded) return
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        this.#wake = undefined
      }
    }
  }

  #room(): Uint8Array {
    if (this.#piece.byteLength - this.#filled < ROOM_BYTES) {
      this.#close()
      this.#piece = spares.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES)
      this.#taken = 0
      this.#filled = 0
    }
    return this.#piece.subarray(this.#filled)
  }

  /** What is in the piece waits as a chunk of its own. */
  #close(): void {
    if (this.#filled > this.#taken) this.#whole.push(this.#piece.subarray(this.#taken, this.#filled))
    this.#taken = this.#filled
  }

  #arrived(bytes: number): void {
    this.#waiting += bytes
    if (this.#waiting >= AHEAD_BYTES && !this.#isPaused) {
      this.#isPaused = true
      this.#options.pause()
    }
    this.#wake?.()
  }

  #take(): Uint8Array | undefined {
    if (this.#whole.length === 0) this.#close()
    const chunk = this.#whole.shift()
    this.#waiting -= chunk?.byteLength ?? 0
    if (this.#isPaused && this.#waiting < AHEAD_BYTES / 2) {
      this.#isPaused = false
      this.#options.resume()
    }
    return chunk
  }
}

import { abortable, type ByteSource, type Clock, StorageError } from '@tercet/interface'

export interface TeeOptions {
  /** Opened once for all. */
  readonly source: ByteSource
  /** How many read it. */
  readonly members: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** How long one that does not read holds up the others; undefined: for ever. */
  readonly patienceMs: number | undefined
}

/** A reason that nobody sees: without one, each would cost an error with a stack. */
const DONE = Symbol('done')

/** Hands each chunk of one stream to several readers, the next when all have taken the last. */
export class Tee {
  readonly #options: TeeOptions
  readonly #members: Member[] = []
  #opened = 0
  #isPumping = false

  constructor(options: TeeOptions) {
    this.#options = options
  }

  /** For all members; who opens it again, or too late, gets a stream of its own from the source. */
  shared(): ByteSource {
    const { source, signal } = this.#options
    return {
      size: source.size,
      open: (options) => {
        if (this.#isPumping || this.#opened >= this.#options.members) return source.open(options)
        this.#opened++
        const member = new Member()
        this.#members.push(member)
        if (this.#opened === this.#options.members) void this.#pump()
        else if (this.#opened === 1) void this.#startLate()
        return abortable(member.chunks(), options?.signal ?? signal)
      }
    }
  }

  /** Not all may come: one can fail before it reads. */
  async #startLate(): Promise<void> {
    const { clock, patienceMs, signal } = this.#options
    await clock.sleep(patienceMs ?? 30_000, { signal }).catch(() => {})
    void this.#pump()
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return
    this.#isPumping = true
    const { source, signal } = this.#options
    try {
      for await (const chunk of source.open({ signal })) {
        await Promise.all(this.#members.map((member) => this.#push(member, chunk)))
        if (this.#members.every((member) => member.isGone)) return
      }
      for (const member of this.#members) member.end(undefined)
    } catch (error) {
      for (const member of this.#members) member.end(error)
    }
  }

  async #push(member: Member, chunk: Uint8Array): Promise<void> {
    const { clock, patienceMs, signal } = this.#options
    const accepted = member.push(chunk)
    if (patienceMs === undefined) return await accepted
    const done = new AbortController()
    void clock.sleep(patienceMs, { signal: AbortSignal.any([done.signal, signal]) }).then(
      () => {
        member.end(
          new StorageError('STORAGE_TIMEOUT', `A replica took nothing for ${patienceMs} ms`, {
            retry: 'may-help'
          })
        )
      },
      () => {}
    )
    await accepted
    done.abort(DONE)
  }
}

/** One reader: at most one chunk waits for it. */
class Member {
  isGone = false
  #chunk: Uint8Array | undefined
  #end: { readonly error: unknown } | undefined
  #wake: () => void = () => {}
  #accepted: () => void = () => {}

  /** Resolves when the reader has taken the chunk, or is gone. */
  push(chunk: Uint8Array): Promise<void> {
    if (this.isGone || this.#end !== undefined) return Promise.resolve()
    return new Promise((resolve) => {
      this.#accepted = resolve
      this.#chunk = chunk
      this.#wake()
    })
  }

  end(error: unknown): void {
    this.#end ??= { error }
    this.#accepted()
    this.#wake()
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const chunk = this.#chunk
        if (chunk !== undefined) {
          this.#chunk = undefined
          this.#accepted()
          yield chunk
        } else if (this.#end !== undefined) {
          if (this.#end.error !== undefined) throw this.#end.error
          return
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
        }
      }
    } finally {
      this.isGone = true
      this.#accepted()
    }
  }
}

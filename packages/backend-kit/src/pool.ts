import { untilAborted } from '@tercet/interface'

export interface PoolOptions<Connection> {
  open(signal: AbortSignal | undefined): Promise<Connection>
  close(connection: Connection): Promise<void> | void
  /** False: it is closed instead of being used again. */
  isUsable(connection: Connection): boolean
  /** Asked before a connection that has waited is used again, where that does not show by itself. @defaultValue it is */
  isAlive?(connection: Connection): Promise<boolean>
  /** Connections that may be open at the same time. */
  readonly limit: number
  /** Time after which a connection that nobody uses is closed, in milliseconds. @defaultValue 30 000 */
  readonly idleMs?: number | undefined
}

/** A connection that is in use by one call. */
export interface Lease<Connection> {
  readonly connection: Connection
  /** True when it has been used before, so that it may have died unnoticed. */
  readonly isReused: boolean
  /** Gives it back; with `false`, or when it is not usable any more, it is closed. Later calls do nothing. */
  release(isReusable: boolean): Promise<void>
}

interface Idle<Connection> {
  readonly connection: Connection
  readonly timer: NodeJS.Timeout
}

/** Connections that are used by one call at a time, opened when they are needed, and kept a while for the next. */
export class Pool<Connection> {
  readonly #options: PoolOptions<Connection>
  readonly #idle: Idle<Connection>[] = []
  readonly #waiting: (() => void)[] = []
  #inUse = 0
  #isClosed = false

  constructor(options: PoolOptions<Connection>) {
    if (!Number.isSafeInteger(options.limit) || options.limit < 1)
      throw new RangeError(`A pool needs a limit of at least 1, not ${options.limit}`)
    this.#options = options
  }

  /** Runs `work` with a connection; one through which an error went is closed unless `keepAfter` says otherwise. */
  async use<Result>(
    signal: AbortSignal | undefined,
    work: (connection: Connection) => Promise<Result>,
    keepAfter: (error: unknown) => boolean = () => false
  ): Promise<Result> {
    const lease = await this.lease(signal)
    try {
      const result = await work(lease.connection)
      await lease.release(true)
      return result
    } catch (error) {
      await lease.release(!signal?.aborted && keepAfter(error))
      throw error
    }
  }

  /** A connection for as long as the caller wants; waits while `limit` of them are in use. */
  async lease(signal: AbortSignal | undefined): Promise<Lease<Connection>> {
    signal?.throwIfAborted()
    await this.#enter(signal)
    try {
      const reused = await this.#takeIdle(signal)
      if (reused !== undefined) return this.#leaseOf(reused, true)
      return this.#leaseOf(await this.#open(signal), false)
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  /** Closes what nobody uses. What is in use is closed when it is released. */
  async close(): Promise<void> {
    this.#isClosed = true
    const idle = this.#idle.splice(0)
    for (const { timer } of idle) clearTimeout(timer)
    await Promise.all(idle.map(({ connection }) => this.#options.close(connection)))
  }

  /** Who no longer waits gets a connection all the same, and it is put away. */
  async #open(signal: AbortSignal | undefined): Promise<Connection> {
    const opening = this.#options.open(signal)
    try {
      return await untilAborted(opening, signal)
    } catch (error) {
      opening.then(
        (connection) => this.#options.close(connection),
        () => {}
      )
      throw error
    }
  }

  #leaseOf(connection: Connection, isReused: boolean): Lease<Connection> {
    let released = false
    return {
      connection,
      isReused,
      release: async (isReusable) => {
        if (released) return
        released = true
        try {
          if (isReusable && !this.#isClosed && this.#options.isUsable(connection)) this.#keep(connection)
          else await this.#options.close(connection)
        } finally {
          this.#leave()
        }
      }
    }
  }

  #keep(connection: Connection): void {
    const timer = setTimeout(() => {
      this.#idle.splice(this.#idle.indexOf(idle), 1)
      Promise.resolve(this.#options.close(connection)).catch(() => {})
    }, this.#options.idleMs ?? 30_000)
    const idle: Idle<Connection> = { connection, timer }
    timer.unref()
    this.#idle.push(idle)
  }

  async #takeIdle(signal: AbortSignal | undefined): Promise<Connection | undefined> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer)
      const { connection } = idle
      if (this.#options.isUsable(connection) && (await this.#isAlive(connection, signal))) return connection
      await this.#options.close(idle.connection)
    }
    return undefined
  }

  /** Who no longer waits leaves it closed. */
  async #isAlive(connection: Connection, signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#options.isAlive === undefined) return true
    try {
      return await untilAborted(this.#options.isAlive(connection), signal)
    } catch (error) {
      await this.#options.close(connection)
      throw error
    }
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    if (this.#inUse < this.#options.limit) {
      this.#inUse++
      return
    }
    let take = () => {}
    const turn = new Promise<void>((resolve) => {
      take = resolve
      this.#waiting.push(take)
    })
    try {
      await untilAborted(turn, signal)
    } catch (error) {
      const index = this.#waiting.indexOf(take)
      if (index >= 0) this.#waiting.splice(index, 1)
      else this.#leave() // the turn had come at the same moment
      throw error
    }
  }

  /** The place goes to the next who waits, or is free. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#inUse--
    else next()
  }
}

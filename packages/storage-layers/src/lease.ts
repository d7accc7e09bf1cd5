import {
  assertKnownKeys,
  bytesSource,
  type CallOptions,
  type Clock,
  isTercetError,
  type StorageBackend,
  systemClock,
  untilAborted
} from '@tercet/interface'
import { LeaseError } from './lease-error.ts'
import { encodeLease, type FoundLease, leaseNumbers, leasePath, readLease } from './lease-record.ts'

export interface LeaseOptions extends CallOptions {
  /** First part of the object's name: writers with the same one exclude each other. */
  readonly prefix: string
  /** Who takes it, for people; no secret. */
  readonly holder: string
  /** How long it is held without being renewed, which happens three times as often. @defaultValue 300 000 */
  readonly durationMs?: number | undefined
  /** Take it whoever holds it. @defaultValue false */
  readonly breakHeld?: boolean | undefined
  readonly clock?: Clock | undefined
}

const KEYS = ['prefix', 'holder', 'durationMs', 'breakHeld', 'clock', 'signal']
const DEFAULT_MS = 300_000

/** So far the clocks of two machines may differ: an expired lease is left alone for that much longer. */
const CLOCKS_DIFFER_MS = 60_000

/** Whether a store can keep two writers apart: it decides itself who was first, and its listing is never behind. */
export function canLease({ capabilities }: Pick<StorageBackend, 'capabilities'>): boolean {
  return capabilities.conditionalPut && capabilities.listing === 'immediate'
}

/**
 * Takes the lease of a place, and renews it until it is given back. It is an object with a number in its name, which is
 * made only where none has that name, and replaced by one with the next number: of two that want the same number the
 * store lets one have it. Objects with lower numbers mean nothing.
 *
 * @throws LeaseError `LEASE_HELD`, `LEASE_UNSUPPORTED`; StorageError; the reason of `signal`
 */
export async function takeLease(backend: StorageBackend, options: LeaseOptions): Promise<Lease> {
  assertKnownKeys(options, KEYS, 'takeLease')
  const { prefix, durationMs = DEFAULT_MS, clock = systemClock, signal } = options
  if (!(durationMs >= 1000)) throw new RangeError(`durationMs must be at least 1000, not ${durationMs}`)
  if (!canLease(backend))
    throw new LeaseError(
      'LEASE_UNSUPPORTED',
      `${backend.displayName} cannot tell which of two writers came first, so no lease protects it`
    )
  const found = await newestLease(backend, prefix, signal)
  if (found !== undefined && options.breakHeld !== true) assertFree(backend, found, clock.now())
  const lease = new Lease(backend, { ...options, durationMs, clock }, (found?.number ?? 0) + 1)
  await lease.begin(signal)
  return lease
}

async function newestLease(
  backend: StorageBackend,
  prefix: string,
  signal: AbortSignal | undefined
): Promise<FoundLease | undefined> {
  for (;;) {
    const [number] = await leaseNumbers(backend, prefix, signal)
    if (number === undefined) return undefined
    try {
      return { number, record: await readLease(backend, leasePath(prefix, number), signal) }
    } catch (error) {
      // Its holder has replaced it between the two calls.
      if (!isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
    }
  }
}

function assertFree({ displayName }: StorageBackend, { record }: FoundLease, now: number): void {
  if (record === undefined)
    throw new LeaseError(
      'LEASE_HELD',
      `${displayName} has a lease that cannot be understood; break it if nobody else writes there`
    )
  const expires = Date.parse(record.expiresAt)
  const wasGivenBack = expires <= Date.parse(record.takenAt)
  if (wasGivenBack || now > expires + CLOCKS_DIFFER_MS) return
  throw new LeaseError(
    'LEASE_HELD',
    `${displayName} is being written to by ${record.holder}, since ${record.takenAt}; unless renewed, the lease can be taken a minute after ${record.expiresAt}`,
    { context: { holder: record.holder, takenAt: record.takenAt, expiresAt: record.expiresAt } }
  )
}

type ResolvedLeaseOptions = LeaseOptions & { readonly durationMs: number; readonly clock: Clock }

/** The right to write to a place, as long as it is held. Dispose it to give it back. */
export class Lease implements AsyncDisposable {
  readonly #backend: StorageBackend
  readonly #options: ResolvedLeaseOptions
  readonly #id = crypto.randomUUID()
  readonly #takenAt: string
  readonly #end = new AbortController()
  #number: number
  /** On both clocks: the one never jumps, and the other goes on while the machine sleeps. */
  #heldUntil = { monotonic: 0, now: 0 }
  #lost: LeaseError | undefined
  #renewal: Promise<void> | undefined
  #renewals: Promise<void> = Promise.resolve()

  /** @internal */
  constructor(backend: StorageBackend, options: ResolvedLeaseOptions, number: number) {
    this.#backend = backend
    this.#options = options
    this.#number = number
    this.#takenAt = new Date(options.clock.now()).toISOString()
  }

  /** @internal Makes the first object. */
  async begin(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#put(this.#number, this.#options.durationMs, signal)
    } catch (error) {
      if (!isTercetError(error, 'STORAGE_EXISTS') && this.#lost === undefined) throw error
      throw new LeaseError('LEASE_HELD', `Somebody else has begun to write to ${this.#backend.displayName}`)
    }
    await this.#deleteOlder()
    this.#renewals = this.#renewUntilTheEnd()
  }

  /**
   * To be called before each write. Where the time has run out, as on a machine that slept, the lease is still held if
   * nobody has taken it: it is renewed first.
   *
   * @throws LeaseError `LEASE_LOST`
   */
  async assertHeld(): Promise<void> {
    if (this.#lost === undefined && !this.#isInTime) await this.#renewOnce()
    if (this.#lost === undefined && !this.#isInTime) this.#lose('it could not be renewed in time')
    if (this.#lost !== undefined) throw this.#lost
  }

  /** Gives it back, if it is still held. Failing to do so does no more harm than that others have to wait. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end.signal.aborted) return
    this.#end.abort()
    await this.#renewals
    if (this.#lost !== undefined) return
    try {
      await this.#put(this.#number + 1, undefined, undefined)
      await this.#deleteOlder()
    } catch {
      // It expires by itself.
    }
  }

  get #isInTime(): boolean {
    const { clock } = this.#options
    return clock.monotonic() < this.#heldUntil.monotonic && clock.now() < this.#heldUntil.now
  }

  /** Attempts follow each other sooner where one has failed, so that several fit before the time runs out. */
  async #renewUntilTheEnd(): Promise<void> {
    const { clock, durationMs } = this.#options
    const { signal } = this.#end
    while (!signal.aborted && this.#lost === undefined) {
      const before = this.#number
      await clock.sleep(durationMs / 3, { signal }).catch(() => {})
      while (!signal.aborted && this.#lost === undefined && this.#number === before) {
        await this.#renewOnce()
        if (this.#number === before) await clock.sleep(durationMs / 12, { signal }).catch(() => {})
      }
    }
  }

  async #renewOnce(): Promise<void> {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined
    })
    await this.#renewal
  }

  /** What fails otherwise than by somebody else is tried again, or found out by the time that has run out. */
  async #renew(): Promise<void> {
    const number = this.#number + 1
    try {
      await this.#put(number, this.#options.durationMs, undefined)
    } catch (error) {
      if (!isTercetError(error, 'STORAGE_EXISTS')) return
      if (await this.#isOwn(number)) this.#number = number
      else this.#lose('somebody else has taken it')
      return
    }
    await this.#deleteOlder()
  }

  /** Of an attempt that has made the object only the answer was lost. */
  async #isOwn(number: number): Promise<boolean> {
    const { prefix } = this.#options
    try {
      return (await readLease(this.#backend, leasePath(prefix, number), undefined))?.id === this.#id
    } catch {
      return false
    }
  }

  /** @param durationMs undefined: it is given back */
  async #put(number: number, durationMs: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { prefix, holder, clock } = this.#options
    const monotonic = clock.monotonic() + (durationMs ?? 0)
    const now = clock.now() + (durationMs ?? 0)
    const expiresAt = durationMs === undefined ? this.#takenAt : new Date(now).toISOString()
    const record = encodeLease({ holder, id: this.#id, takenAt: this.#takenAt, expiresAt })
    const options = { ifAbsent: true, signal }
    await untilAborted(this.#backend.put(leasePath(prefix, number), bytesSource(record), options), signal)
    // A name that an older object had is free again: only the listing tells that others are further.
    const [newest] = await leaseNumbers(this.#backend, prefix, signal)
    if (newest !== undefined && newest > number) throw this.#lose('somebody else has taken it')
    this.#number = number
    this.#heldUntil = { monotonic, now }
  }

  /** The one before stays, so that a listing that is made meanwhile never misses both. */
  async #deleteOlder(): Promise<void> {
    const { prefix } = this.#options
    try {
      for (const number of await leaseNumbers(this.#backend, prefix, undefined))
        if (number < this.#number - 1) await this.#backend.delete(leasePath(prefix, number))
    } catch {
      // They mean nothing; the next renewal tries again.
    }
  }

  #lose(why: string): LeaseError {
    this.#lost ??= new LeaseError(
      'LEASE_LOST',
      `The lease of ${this.#backend.displayName} is lost: ${why}. Nothing more is written there`
    )
    return this.#lost
  }
}

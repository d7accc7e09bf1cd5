import type { Clock } from '@tercet/interface'
import type { ReplicaProgress, SyncEvent } from '../sync-event.ts'

const EVERY_MS = 200
/** The rate is that of about so long. */
const RATE_WINDOW_MS = 5000

interface Tracked {
  state: ReplicaProgress['state']
  files: number
  totalFiles: number
  bytes: number
  totalBytes: number
  readonly inFlight: Map<string, number>
  rate: number
  ratedAt: number
  ratedBytes: number
}

/** Totals of each replica, told at most five times a second. */
export class SyncProgress {
  readonly #clock: Clock
  readonly #onEvent: ((event: SyncEvent) => void) | undefined
  readonly #replicas = new Map<string, Tracked>()
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, onEvent: ((event: SyncEvent) => void) | undefined) {
    this.#clock = clock
    this.#onEvent = onEvent
  }

  start(id: string, totalFiles: number, totalBytes: number): void {
    const known = this.#replicas.get(id)
    this.#replicas.set(id, {
      state: 'waiting',
      files: known?.files ?? 0,
      totalFiles: (known?.files ?? 0) + totalFiles,
      bytes: known?.bytes ?? 0,
      totalBytes: (known?.bytes ?? 0) + totalBytes,
      inFlight: new Map(),
      rate: 0,
      ratedAt: this.#clock.monotonic(),
      ratedBytes: known?.bytes ?? 0
    })
  }

  state(id: string, state: ReplicaProgress['state']): void {
    const replica = this.#replicas.get(id)
    if (replica === undefined || replica.state === state) return
    replica.state = state
    this.#tell(state === 'done' || state === 'failed')
  }

  sent(id: string, path: string, bytes: number): void {
    this.#replicas.get(id)?.inFlight.set(path, bytes)
    this.#tell(false)
  }

  /** An attempt has ended; `bytes` is undefined where it came to nothing. */
  finished(id: string, path: string, bytes: number | undefined): void {
    const replica = this.#replicas.get(id)
    if (replica === undefined) return
    replica.inFlight.delete(path)
    if (bytes === undefined) return
    replica.files++
    replica.bytes += bytes
    this.#tell(false)
  }

  #tell(isLast: boolean): void {
    if (this.#onEvent === undefined) return
    const now = this.#clock.monotonic()
    if (!isLast && now - this.#toldAt < EVERY_MS) return
    this.#toldAt = now
    const replicas = [...this.#replicas].map(([id, replica]): ReplicaProgress => {
      let bytes = replica.bytes
      for (const sent of replica.inFlight.values()) bytes += sent
      rate(replica, bytes, now)
      const { state, files, totalFiles, totalBytes } = replica
      return { id, state, files, totalFiles, bytes, totalBytes, bytesPerSecond: Math.round(replica.rate) }
    })
    this.#onEvent({ type: 'sync-progress', replicas })
  }
}

function rate(replica: Tracked, bytes: number, now: number): void {
  const passed = now - replica.ratedAt
  if (passed < EVERY_MS) return
  const measured = (Math.max(0, bytes - replica.ratedBytes) / passed) * 1000
  const weight = Math.min(1, passed / RATE_WINDOW_MS)
  replica.rate = replica.rate === 0 ? measured : replica.rate * (1 - weight) + measured * weight
  replica.ratedAt = now
  replica.ratedBytes = bytes
}

import { type Issue, type StorageBackend, systemClock } from '@tercet/interface'
import {
  executeSync,
  planSync,
  type ReplicaOptions,
  type SyncEvent,
  type SyncPlan,
  type SyncResult
} from '@tercet/sync-engine'
import type { SyncDestination } from '@tercet/sync-policy'
import { executeOptions, throttled } from '../replication/execute-options.ts'
import { replicaSettings } from '../replication/replica-settings.ts'
import type { Replication } from '../replication/resolve-replication.ts'
import type { SyncStore } from '../replication/sync-store.ts'
import type { MirrorCalls, MirrorOptions } from './mirror-options.ts'
import { SyncLog } from './sync-log.ts'

/** One replica of a mirror, opened. @internal */
export interface MirroredPlace {
  /** What it is called in plans and results: the place without its secrets. */
  readonly name: string
  readonly destination: SyncDestination
  readonly backend: StorageBackend
}

/** What `openMirror` has opened. @internal */
export interface OpenedMirror {
  readonly options: MirrorOptions
  readonly replication: Replication
  readonly primary: StorageBackend
  readonly places: readonly MirroredPlace[]
  readonly store: SyncStore
  readonly sourceId: string
  readonly resources: AsyncDisposable
}

/**
 * A place and its replicas, opened to make them equal. Plans and results name each replica by its place. Nothing of the
 * primary is ever changed.
 */
export class Mirror implements AsyncDisposable {
  /** Nothing is written: a plan is all there is. */
  readonly isDryRun: boolean
  readonly #opened: OpenedMirror
  readonly #logs: readonly (readonly [name: string, log: SyncLog])[]

  /** @internal */
  constructor(opened: OpenedMirror) {
    this.#opened = opened
    this.isDryRun = opened.places.some(({ destination }) => destination.options.dryRun)
    const clock = opened.options.clock ?? systemClock
    const byPath = new Map<string, SyncLog>()
    this.#logs = opened.places.flatMap(({ name, destination: { options } }) => {
      if (options.logFile === undefined) return []
      const log = byPath.get(options.logFile) ?? new SyncLog(options.logFile, options.logLevel, clock)
      byPath.set(options.logFile, log)
      return [[name, log] as const]
    })
  }

  /**
   * Finds out what it takes, and changes nothing: each place is listed once. A replica that cannot be reached or that a
   * guard protects has a refusal in its plan.
   *
   * @throws SyncError `SYNC_LISTING_FAILED`, `SYNC_NO_PREFIX`, `SYNC_DUPLICATE_NAME` for the primary; StorageError
   */
  async plan({ signal, onEvent }: MirrorCalls = {}): Promise<SyncPlan> {
    const { options, primary, places, store, sourceId } = this.#opened
    const { clock } = options
    const replicas: Record<string, ReplicaOptions> = Object.create(null)
    for (const { name, destination, backend } of places)
      replicas[name] = {
        ...replicaSettings(destination, { sourceId, backupId: undefined }),
        backend: throttled(backend, destination, clock),
        ledger: store.ledger(destination.id)
      }
    const plan = await planSync({
      primary,
      replicas,
      mirrorAll: places.some(({ destination }) => destination.options.mirrorAll),
      prefix: options.prefix,
      sourceId,
      temporaryFolder: options.spoolFolder,
      clock,
      signal,
      onEvent: this.#logged(onEvent)
    })
    for (const log of this.#eachLog()) log.plan(plan, this.isDryRun)
    return plan
  }

  /**
   * Carries out a plan. Resolves also when replicas failed: each has its own result.
   *
   * @throws SyncError `SYNC_PLAN_UNKNOWN`; TypeError for a dry run; the reason of `signal`
   */
  async run(plan: SyncPlan, { signal, onEvent }: MirrorCalls = {}): Promise<SyncResult> {
    if (this.isDryRun) throw new TypeError('A dry run writes nothing: its plan cannot be carried out')
    const { replication, places, store } = this.#opened
    const destinations = places.map(({ destination }) => destination)
    try {
      const result = await executeSync(plan, {
        ...executeOptions(replication.configuration),
        signal,
        onEvent: this.#logged(onEvent)
      })
      for (const [name, log] of this.#logs) log.result(result.replicas[name]!)
      return withIssues(result, store.takeIssues())
    } finally {
      // What was put before an abort is known, too.
      for (const { id } of destinations) store.saveLedger(id)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.resources[Symbol.asyncDispose]()
  }

  #eachLog(): ReadonlySet<SyncLog> {
    return new Set(this.#logs.map(([, log]) => log))
  }

  #logged(onEvent: MirrorCalls['onEvent']): ((event: SyncEvent) => void) | undefined {
    if (this.#logs.length === 0) return onEvent
    return (event) => {
      for (const log of this.#eachLog()) log.event(event)
      onEvent?.(event)
    }
  }
}

function withIssues(result: SyncResult, more: readonly Issue[]): SyncResult {
  if (more.length === 0) return result
  const outcome = result.outcome === 'success' ? 'warning' : result.outcome
  return { ...result, outcome, issues: [...result.issues, ...more] }
}

/** One pass over a plan: all replicas at the same time, with one feed for as long as they keep up with each other. */
import type { StorageLayer } from '@tercet/interface'
import { compose, throttle } from '@tercet/storage-layers'
import { Endpoint } from '../endpoint/endpoint.ts'
import { Gate } from '../endpoint/gate.ts'
import { writeMarker } from '../marker.ts'
import type { PlanContext } from '../plan/plan-registry.ts'
import type { ReplicaPlan, SyncPlan } from '../plan/sync-plan.ts'
import type { ResolvedReplica } from '../resolve-options.ts'
import type { SyncEvent } from '../sync-event.ts'
import type { FedFile } from '../transfer/feed-slot.ts'
import { FileFeed } from '../transfer/file-feed.ts'
import { PrimaryReader } from '../transfer/primary-reader.ts'
import type { SpoolBudget, SpoolShare } from '../transfer/spool-budget.ts'
import type { SpoolFolder } from '../transfer/spool-folder.ts'
import { PrimaryWatch } from './primary-watch.ts'
import { groupByOrder } from './put-sequence.ts'
import { ReplicaRun } from './replica-run.ts'
import type { ReplicaState } from './replica-state.ts'
import type { ResolvedExecuteOptions } from './resolve-execute-options.ts'
import type { SyncProgress } from './sync-progress.ts'
import { testReplica } from './test-replica.ts'

export interface RunPassOptions {
  readonly plan: SyncPlan
  readonly context: PlanContext
  readonly states: ReadonlyMap<string, ReplicaState>
  readonly settings: ResolvedExecuteOptions
  readonly budget: SpoolBudget
  readonly folder: SpoolFolder
  readonly progress: SyncProgress
  readonly throttles: { readonly down: StorageLayer; readonly up: StorageLayer }
  readonly downloads: PrimaryReader['downloads']
  readonly signal: AbortSignal
  readonly onEvent: ((event: SyncEvent) => void) | undefined
}

/** Bytes that nobody counts pass through no layer. */
const unlimited: StorageLayer = (backend) => backend

export function makeThrottles(settings: ResolvedExecuteOptions, clock: PlanContext['options']['clock']) {
  const { throttleDownload, throttleUpload } = settings
  return {
    down:
      throttleDownload === undefined
        ? unlimited
        : throttle({ clock, downloadBytesPerSecond: throttleDownload }),
    up: throttleUpload === undefined ? unlimited : throttle({ clock, uploadBytesPerSecond: throttleUpload })
  }
}

export async function runPass(options: RunPassOptions): Promise<void> {
  const { plan, states } = options
  const open = Object.values(plan.replicas).filter(({ id }) => states.get(id)?.status === 'running')
  const pass = new Pass(options, open)
  await pass.execute()
}

class Pass {
  readonly #options: RunPassOptions
  readonly #open: readonly ReplicaPlan[]
  readonly #total: Gate | undefined
  readonly #primary: Endpoint
  readonly #reader: PrimaryReader
  readonly #watch: PrimaryWatch
  readonly #runs = new Map<string, ReplicaRun>()
  readonly #feeding: Promise<void>[] = []

  constructor(options: RunPassOptions, open: readonly ReplicaPlan[]) {
    this.#options = options
    this.#open = open
    const { context, settings, folder, signal, onEvent, plan, throttles } = options
    const { clock, local, temporaryFolder, mirrorAll, primaryIsLocked = false } = context.options
    this.#total =
      settings.concurrency.total === undefined ? undefined : new Gate(clock, settings.concurrency.total)
    const primary = this.#endpoint('primary', compose(context.primary, throttles.down), open[0]?.id)
    this.#primary = primary
    this.#reader = new PrimaryReader({
      primary,
      recorded: context.recorded,
      local,
      folder,
      needsDigest: open.some(({ id }) => this.#needsDigest(id)),
      isWriteOnce: !mirrorAll,
      signal,
      downloads: options.downloads
    })
    this.#watch = new PrimaryWatch({
      primary,
      digest: plan.primary.digest,
      isLocked: primaryIsLocked,
      listing: { recursive: mirrorAll, temporaryFolder, signal, onEvent },
      monotonic: () => clock.monotonic()
    })
  }

  async execute(): Promise<void> {
    const { budget, onEvent, states, progress } = this.#options
    const groups = groupByOrder(this.#open, ({ id }) => {
      return states.get(id)?.replica.copyFromPrimary === undefined
    })
    for (const { replicas, files } of groups) {
      const share = budget.share(budget.maxBytes / groups.length)
      const feed = this.#feed(files, share)
      for (const replica of replicas) this.#start(replica, feed)
    }
    const runs = [...this.#runs.values()].map(async (run) => {
      await run.execute()
      const state = states.get(run.id) as ReplicaState
      await this.#test(state)
      await this.#mark(state)
      progress.state(run.id, state.status === 'failed' ? 'failed' : 'done')
      if (state.status !== 'changed' && state.status !== 'running') {
        onEvent?.({ type: 'replica-end', replica: run.id, status: state.status })
      }
    })
    await settled(runs)
    await settled(this.#feeding)
  }

  #start(plan: ReplicaPlan, feed: FileFeed): void {
    const { states, context, progress, throttles, signal } = this.#options
    const state = states.get(plan.id) as ReplicaState
    progress.start(plan.id, plan.puts.length + plan.deletes.length, plan.putBytes)
    const backend = compose(state.replica.backend, throttles.up)
    const run = new ReplicaRun(feed, {
      plan,
      state,
      endpoint: this.#endpoint(plan.id, backend, plan.id),
      watch: this.#watch,
      reader: this.#reader,
      progress,
      concurrency: this.#concurrencyOf(state.replica),
      clock: context.options.clock,
      signal
    })
    this.#runs.set(plan.id, run)
  }

  #feed(files: readonly FedFile[], share: SpoolShare): FileFeed {
    const { context, settings, signal } = this.#options
    const feed = new FileFeed({
      files,
      reader: this.#reader,
      share,
      concurrency: settings.concurrency.download,
      clock: context.options.clock,
      signal,
      detachAfterMs: settings.detachAfterMs,
      onSlow: (slowFeed, consumer) => this.#detach(slowFeed, consumer)
    })
    const running = feed.run()
    running.catch(() => {})
    this.#feeding.push(running)
    return feed
  }

  /** The replica goes on alone, with a part of the spool, and reads again what was kept for it in vain. */
  #detach(feed: FileFeed, consumer: string): void {
    const run = this.#runs.get(consumer)
    const others = [...this.#runs.values()].filter((other) => other.feed === feed && other !== run)
    if (run === undefined || run.feed !== feed || others.length === 0) return
    this.#options.onEvent?.({ type: 'replica-detach', replica: consumer })
    const share = feed.share.split(others.length + 1)
    // Whoever waits at the old feed is told to look here only after this, asynchronously.
    run.feed = this.#feed(feed.leave(consumer, share), share)
  }

  async #test(state: ReplicaState): Promise<void> {
    const { plan, context, folder, signal } = this.#options
    const { id, backend } = state.replica
    const ofReplica = plan.replicas[id]
    if (ofReplica === undefined || state.status !== 'succeeded') return
    const endpoint = this.#endpoint(id, backend, id)
    await testReplica({ plan: ofReplica, state, endpoint, primary: this.#primary, context, folder, signal })
  }

  async #mark(state: ReplicaState): Promise<void> {
    const { marker } = state.replica.settings
    if (marker === undefined || state.status !== 'succeeded') return
    const { plan, context, signal } = this.#options
    const { backend } = state.replica
    const { clock } = context.options
    const { files, bytes, digest } = plan.primary
    const { sourceId, backupId } = marker
    try {
      await this.#endpoint(state.replica.id, backend, state.replica.id).run(
        'upload',
        { method: 'put', signal },
        () =>
          writeMarker(
            backend,
            { sourceId, backupId, writtenAt: new Date(clock.now()), files, bytes, digest },
            { signal }
          )
      )
    } catch (error) {
      signal.throwIfAborted()
      const why = error instanceof Error ? error.message : String(error)
      state.issue(
        'SYNC_COPY_FAILED',
        'warning',
        `The marker of the replica "${state.replica.id}" was not written: ${why}`
      )
    }
  }

  #needsDigest(id: string): boolean {
    const replica = this.#options.states.get(id)?.replica
    return (
      replica !== undefined && (replica.ledger !== undefined || replica.settings.verifyGetAfterPut !== 'none')
    )
  }

  #concurrencyOf({ settings: own }: ResolvedReplica) {
    const { download, upload, delete: deletes } = this.#options.settings.concurrency
    return { download, upload: own.concurrencyUpload ?? upload, delete: own.concurrencyDelete ?? deletes }
  }

  #endpoint(name: string, backend: Endpoint['backend'], settingsOf: string | undefined): Endpoint {
    const { context, states, onEvent } = this.#options
    const { clock, random, replicas } = context.options
    const replica = states.get(settingsOf ?? '')?.replica ?? replicas[0]
    if (replica === undefined) throw new TypeError('A plan without a replica')
    const { download, upload, delete: deletes } = this.#concurrencyOf(replica)
    return new Endpoint({
      backend,
      name,
      attempts: replica.settings.backendRetries,
      delayMs: replica.settings.backendRetryDelayMs,
      exponential: replica.settings.backendRetryWithExponentialBackoff,
      clock,
      random,
      limits: { download, upload, delete: deletes, other: Math.max(8, upload) },
      total: this.#total,
      onEvent
    })
  }
}

/** Waits for all, so that nothing goes on behind the back of the caller; then rejects with the first failure. */
async function settled(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

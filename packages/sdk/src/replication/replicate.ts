import type { CatalogReader } from '@tercet/core'
import { type Clock, type Issue, type StorageBackend, systemClock } from '@tercet/interface'
import {
  executeSync,
  planSync,
  type RecordedFile,
  type ReplicaOptions,
  type RequiredVolumes,
  type SyncPlan,
  type SyncResult,
  type VerifyContent
} from '@tercet/sync-engine'
import {
  decideSync,
  destinationState,
  type FinishedBackup,
  recordBackup,
  recordSync,
  type SyncDecision,
  type SyncDestination,
  type SyncState,
  stalenessOf
} from '@tercet/sync-policy'
import type { BackupEventListener } from '../backup-event.ts'
import type { ResolvedOpenOptions } from '../open-options.ts'
import { referenceOf } from './copy-reference.ts'
import { executeOptions, throttled } from './execute-options.ts'
import { type OpenedReplica, openReplica } from './open-replica.ts'
import { recordedFiles } from './recorded-files.ts'
import { type Ended, executed, failed, messageOf, skipped, tried } from './replica-outcomes.ts'
import { replicaSettings } from './replica-settings.ts'
import type { ReplicaOutcome, ReplicationResult } from './replication-result.ts'
import type { Replication } from './resolve-replication.ts'
import type { SyncStore } from './sync-store.ts'
import type { VolumeCache } from './volume-cache.ts'
import { writeSyncLog } from './write-sync-log.ts'

/** What replication after a backup works with. */
export interface ReplicatePlace {
  readonly replication: Replication
  /** Opens the primary; what is opened for this alone is disposed. */
  readonly openPrimary: () => Promise<OpenedReplica>
  /** undefined: there is none, as after a trial at a new place; then nothing is due. */
  readonly catalog: CatalogReader | undefined
  readonly store: SyncStore
  readonly cache: VolumeCache | undefined
  readonly options: ResolvedOpenOptions
  readonly sourceId: string
  readonly requiredVolumes: (dlist: string) => Promise<RequiredVolumes | undefined>
  readonly requiredAtReplica: (backend: StorageBackend, dlist: string) => Promise<RequiredVolumes | undefined>
  readonly verify: VerifyContent
  readonly onEvent: BackupEventListener | undefined
  readonly signal: AbortSignal | undefined
  /** Ends it in good order. */
  readonly stop: AbortSignal | undefined
}

interface Due {
  readonly decision: SyncDecision & { readonly isDue: true }
  readonly opened: OpenedReplica
}

/**
 * Replicates what a backup has left behind to all places that are due. Whatever goes wrong at one of them is told in its
 * outcome, and neither harms the backup nor the others.
 *
 * @throws the reason of `signal`
 */
export async function replicate(place: ReplicatePlace, backup: FinishedBackup): Promise<ReplicationResult> {
  const { configuration } = place.replication
  const clock = place.options.clock ?? systemClock
  const issues: Issue[] = [...configuration.issues]
  const before = place.store.state()
  const decisions = decideSync(configuration, before, backup)
  const ended = new Map<SyncDestination, Ended>()
  for (const decision of decisions) if (!isRun(decision)) ended.set(decision.destination, skipped(decision))
  let reads: ReplicationResult['reads'] = { files: 0, bytes: 0, refetches: 0 }
  for (const group of groupsOf(decisions.filter(isRun))) {
    const done = await runGroup(place, group, backup, ended, clock)
    if (done !== undefined) reads = added(reads, done.reads)
  }
  const state = remember(place, decisions, ended, backup, issues)
  issues.push(...place.store.takeIssues())
  const replicas = decisions.map(({ destination }) => {
    const outcome = withState(ended.get(destination)!, state, destination)
    log(destination, outcome, clock, issues)
    return outcome
  })
  const isFine = replicas.every(({ status }) => status === 'succeeded' || status === 'skipped')
  const isQuiet = issues.length === 0 && replicas.every((replica) => replica.issues.length === 0)
  return { outcome: isFine && isQuiet ? 'success' : 'warning', replicas, reads, issues }
}

function isRun(decision: SyncDecision): decision is SyncDecision & { readonly isDue: true } {
  return decision.isDue && !decision.destination.options.parseArgumentsOnly
}

/** Trials are planned apart, as are those that mirror more than the volumes of the backup. */
function groupsOf(due: readonly (SyncDecision & { readonly isDue: true })[]) {
  const groups = Map.groupBy(due, ({ destination: { options } }) => `${options.dryRun} ${options.mirrorAll}`)
  return [...groups.values()]
}

async function runGroup(
  place: ReplicatePlace,
  decisions: readonly (SyncDecision & { readonly isDue: true })[],
  backup: FinishedBackup,
  ended: Map<SyncDestination, Ended>,
  clock: Clock
): Promise<SyncResult | undefined> {
  await using opened = new AsyncDisposableStack()
  const due: Due[] = []
  for (const decision of decisions) {
    try {
      const replica = opened.use(await openReplica(decision.destination, place.replication, place.options))
      due.push({ decision, opened: replica })
    } catch (error) {
      ended.set(decision.destination, failed(decision, error, clock))
    }
  }
  if (due.length === 0) return undefined
  try {
    const primary = opened.use(await place.openPrimary())
    return await syncDue(place, primary.backend, due, backup, ended, clock)
  } catch (error) {
    place.signal?.throwIfAborted()
    for (const { decision } of due) ended.set(decision.destination, failed(decision, error, clock))
    return undefined
  }
}

async function syncDue(
  place: ReplicatePlace,
  primary: StorageBackend,
  due: readonly Due[],
  backup: FinishedBackup,
  ended: Map<SyncDestination, Ended>,
  clock: Clock
): Promise<SyncResult | undefined> {
  const { destinations } = place.replication.configuration
  const { options } = due[0]!.decision.destination
  const plan = await planDue(place, primary, due, backup, options.mirrorAll)
  if (options.dryRun) {
    for (const { decision } of due) ended.set(decision.destination, tried(decision, plan, clock))
    return undefined
  }
  const result = await executeSync(plan, {
    ...executeOptions(place.replication.configuration),
    signal: signalOf(place),
    onEvent: place.onEvent
  })
  for (const { decision } of due)
    ended.set(decision.destination, executed(decision, result.replicas[decision.destination.id]!))
  for (const { decision } of due) place.store.saveLedger(decision.destination.id)
  releaseCache(place, destinations, ended)
  return result
}

async function planDue(
  place: ReplicatePlace,
  primary: StorageBackend,
  due: readonly Due[],
  backup: FinishedBackup,
  mirrorAll: boolean
): Promise<SyncPlan> {
  const { catalog, store, cache, options, sourceId, requiredVolumes, requiredAtReplica, verify } = place
  const expected = catalog === undefined ? new Map<string, RecordedFile>() : recordedFiles(catalog)
  const replicas: Record<string, ReplicaOptions> = {}
  for (const { decision, opened } of due) {
    const { destination } = decision
    replicas[destination.id] = {
      ...replicaSettings(destination, { sourceId, backupId: backup.id }),
      backend: throttled(opened.backend, destination, options.clock),
      ledger: store.ledger(destination.id)
    }
  }
  return await planSync({
    primary,
    replicas,
    mirrorAll,
    prefix: options.prefix,
    expected,
    local: cache,
    // The catalog is locked by the run, so no other run of this backup changes the primary.
    primaryIsLocked: true,
    requiredVolumes: async (dlist, side) =>
      'primary' in side
        ? await requiredVolumes(dlist)
        : await requiredAtReplica((replicas[side.replica] as ReplicaOptions).backend, dlist),
    sourceId,
    verify,
    temporaryFolder: options.spoolFolder,
    clock: options.clock,
    signal: signalOf(place),
    onEvent: place.onEvent
  })
}

/** Volumes that every destination has by now are kept no longer, nor those that are no more. */
function releaseCache(
  { cache, catalog, store }: ReplicatePlace,
  destinations: readonly SyncDestination[],
  ended: ReadonlyMap<SyncDestination, Ended>
): void {
  if (cache === undefined) return
  const volumes = catalog === undefined ? new Set<string>() : referenceOf(catalog).volumes
  const lacking = destinations.filter(
    (destination) => !destination.isBlank && ended.get(destination)?.status !== 'succeeded'
  )
  const isLacked = (name: string) => lacking.some(({ id }) => store.ledger(id).get(name) === undefined)
  cache.retain({ has: (name) => volumes.has(name) && isLacked(name) })
}

function signalOf({ signal, stop }: ReplicatePlace): AbortSignal {
  return AbortSignal.any([signal, stop].filter((one) => one !== undefined))
}

/** Keeps what is to be known after the next backup, too. */
function remember(
  { store, catalog }: ReplicatePlace,
  decisions: readonly SyncDecision[],
  ended: ReadonlyMap<SyncDestination, Ended>,
  backup: FinishedBackup,
  issues: Issue[]
): SyncState {
  let state = recordBackup(store.state(), backup)
  const versions = catalog === undefined ? [] : referenceOf(catalog).versions
  const holds =
    versions[0] === undefined ? undefined : { versions: versions.length, newestVersionAt: versions[0] }
  for (const { destination } of decisions) {
    const { status, startedAt, endedAt, code: errorCode, isDryRun } = ended.get(destination)!
    if (status === 'skipped' || startedAt === undefined || endedAt === undefined) continue
    const attempt = {
      startedAt: startedAt.getTime(),
      endedAt: endedAt.getTime(),
      status,
      errorCode,
      isDryRun
    }
    state = recordSync(state, destination.id, { ...attempt, holds }, backup)
  }
  try {
    if (state !== store.state()) store.saveState(state)
  } catch (error) {
    const message = `What was replicated cannot be remembered: ${messageOf(error)}. It is done again next time`
    issues.push({ code: 'SYNC_STATE_NOT_SAVED', severity: 'warning', message })
  }
  return state
}

/** A log that cannot be written is no reason to lose the result. */
function log(destination: SyncDestination, outcome: ReplicaOutcome, clock: Clock, issues: Issue[]): void {
  try {
    writeSyncLog(destination, outcome, new Date(clock.now()))
  } catch (error) {
    const message = `The log of ${destination.displayName} cannot be written: ${messageOf(error)}`
    issues.push({ code: 'SYNC_LOG_NOT_WRITTEN', severity: 'warning', message })
  }
}

function withState(outcome: Ended, state: SyncState, { id }: SyncDestination): ReplicaOutcome {
  const { consecutiveFailures } = destinationState(state, id)
  return { ...outcome, ...stalenessOf(state, id), consecutiveFailures }
}

function added(a: ReplicationResult['reads'], b: ReplicationResult['reads']): ReplicationResult['reads'] {
  return { files: a.files + b.files, bytes: a.bytes + b.bytes, refetches: a.refetches + b.refetches }
}

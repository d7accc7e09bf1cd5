import type { Issue, Outcome } from '@tercet/interface'
import { isTercetError } from '@tercet/interface'
import { contextOf, type PlanContext, takePlan } from '../plan/plan-registry.ts'
import { makePlan } from '../plan/plan-sync.ts'
import type { SyncPlan } from '../plan/sync-plan.ts'
import type { SyncErrorCode } from '../sync-error.ts'
import type { ExecuteSyncOptions } from '../sync-options.ts'
import { SpoolBudget } from '../transfer/spool-budget.ts'
import { SpoolFolder } from '../transfer/spool-folder.ts'
import { ReplicaState } from './replica-state.ts'
import { resolveExecuteOptions } from './resolve-execute-options.ts'
import { makeThrottles, runPass } from './run-pass.ts'
import { SyncProgress } from './sync-progress.ts'
import type { SyncResult } from './sync-result.ts'

/** How often a new plan is made because the primary changed. */
const MAX_REPLANS = 3
const MIN_SPOOL_BYTES = 256 * 1024 * 1024
const SPOOL_FILES = 4

/**
 * Carries out a plan: reads each file of the primary once, whatever the number of replicas that lack it, and writes it to
 * all of them. Every version that a replica shows can be restored from it at every moment, and after a crash at any
 * point (with `before-copy`, when the last copy is done). Repeating an interrupted run is safe and goes on where it was.
 *
 * Resolves also when replicas failed: each has its own result, and none is in the way of another. When the primary
 * changes in the middle, a new plan is made, up to three times; nothing is deleted for a primary that is not as planned.
 *
 * @throws SyncError `SYNC_PLAN_UNKNOWN` for anything but a plan of `planSync` that was not carried out before
 * @throws ConfigurationError for options that cannot be understood
 */
export async function executeSync(plan: SyncPlan, options: ExecuteSyncOptions = {}): Promise<SyncResult> {
  const settings = resolveExecuteOptions(options)
  const first = takePlan(plan)
  const { clock, temporaryFolder } = first.options
  const signal = options.signal ?? first.options.signal ?? new AbortController().signal
  signal.throwIfAborted()
  const onEvent = options.onEvent ?? first.options.onEvent
  const startedAt = new Date(clock.now())
  const states = new Map(
    first.options.replicas.map((replica) => [replica.id, new ReplicaState(replica, clock.now())])
  )
  const budget = new SpoolBudget(
    settings.spoolMaxBytes ?? Math.max(MIN_SPOOL_BYTES, SPOOL_FILES * largestOf(plan))
  )
  const progress = new SyncProgress(clock, onEvent)
  const throttles = makeThrottles(settings, clock)
  const downloads = { files: 0, bytes: 0, refetches: 0 }
  await using folder = new SpoolFolder(temporaryFolder)
  let passes = 0
  let current: { readonly plan: SyncPlan; readonly context: PlanContext } | undefined = {
    plan,
    context: first
  }
  while (current !== undefined) {
    passes++
    admit(current.plan, states, clock.now(), onEvent)
    await runPass({
      ...current,
      states,
      settings,
      budget,
      folder,
      progress,
      throttles,
      downloads,
      signal,
      onEvent
    })
    current = await planAgain(current.context, states, passes, signal, onEvent)
  }
  return summarize(states, startedAt, passes, downloads, budget, clock.now())
}

function largestOf(plan: SyncPlan): number {
  return plan.reads.reduce((largest, { sizeBytes }) => Math.max(largest, sizeBytes ?? 0), 0)
}

/** Takes over what planning has found out. */
function admit(
  plan: SyncPlan,
  states: ReadonlyMap<string, ReplicaState>,
  now: number,
  onEvent: ExecuteSyncOptions['onEvent']
): void {
  for (const { id, refusal, issues, verified } of Object.values(plan.replicas)) {
    const state = states.get(id)
    if (state === undefined || (state.status !== 'running' && state.status !== 'changed')) continue
    state.status = 'running'
    state.notCopied.clear()
    state.verified.files += verified.files
    state.verified.bytes += verified.bytes
    state.mismatched += verified.mismatched
    state.issues.push(...issues)
    if (refusal === undefined) continue
    state.issue(refusal.code, 'error', refusal.message)
    state.end('failed', now, refusal.code, refusal.message, refusal.causeCode)
    onEvent?.({ type: 'replica-end', replica: id, status: 'failed' })
  }
}

/** A new plan for the replicas that were stopped because the primary changed; undefined when there are none. */
async function planAgain(
  context: PlanContext,
  states: ReadonlyMap<string, ReplicaState>,
  passes: number,
  signal: AbortSignal,
  onEvent: ExecuteSyncOptions['onEvent']
): Promise<{ plan: SyncPlan; context: PlanContext } | undefined> {
  const { clock } = context.options
  const changed = [...states.values()].filter(({ status }) => status === 'changed')
  if (changed.length === 0) return undefined
  const giveUp = (code: SyncErrorCode, text: string) => {
    for (const state of changed) {
      state.issue(code, 'error', text)
      state.end('partial', clock.now(), code, text)
      onEvent?.({ type: 'replica-end', replica: state.replica.id, status: 'partial' })
    }
  }
  if (passes > MAX_REPLANS) {
    const text =
      'The primary changed again and again while it was copied; run again when nothing writes to it'
    giveUp('SYNC_PRIMARY_CHANGED', text)
    return undefined
  }
  onEvent?.({ type: 'sync-replan', pass: passes + 1 })
  try {
    const replicas = changed.map(({ replica }) => ({
      ...replica,
      settings: { ...replica.settings, verifyContents: 'none' as const } // has been done
    }))
    const plan = await makePlan({ ...context.options, replicas, signal, onEvent })
    return { plan, context: contextOf(plan) }
  } catch (error) {
    signal.throwIfAborted()
    const code =
      isTercetError(error) && error.code.startsWith('SYNC_')
        ? (error.code as SyncErrorCode)
        : 'SYNC_PRIMARY_CHANGED'
    giveUp(code, error instanceof Error ? error.message : String(error))
    return undefined
  }
}

function summarize(
  states: ReadonlyMap<string, ReplicaState>,
  startedAt: Date,
  passes: number,
  downloads: { readonly files: number; readonly bytes: number; readonly refetches: number },
  budget: SpoolBudget,
  now: number
): SyncResult {
  const replicas: SyncResult['replicas'] = Object.assign(
    Object.create(null),
    Object.fromEntries([...states].map(([id, state]) => [id, state.result(now)]))
  )
  const issues: Issue[] = Object.values(replicas).flatMap((replica) => replica.issues)
  return {
    outcome: outcomeOf(Object.values(replicas), issues),
    startedAt,
    endedAt: new Date(now),
    passes,
    reads: { ...downloads },
    spoolHighWaterBytes: budget.highWaterBytes,
    replicas,
    issues
  }
}

function outcomeOf(replicas: readonly { readonly status: string }[], issues: readonly Issue[]): Outcome {
  const isIncomplete = replicas.some(({ status }) => status === 'failed')
  if (isIncomplete || issues.some(({ severity }) => severity === 'error')) return 'error'
  return issues.length > 0 ? 'warning' : 'success'
}

import type { StorageBackend } from '@tercet/interface'
import type { ResolvedPlanOptions } from '../resolve-options.ts'
import { SyncError } from '../sync-error.ts'
import type { RecordedFile } from '../sync-options.ts'
import type { SyncPlan } from './sync-plan.ts'

/** What a plan was made with and a plan as plain data cannot hold. */
export interface PlanContext {
  readonly options: ResolvedPlanOptions
  readonly primary: StorageBackend
  readonly prefix: string | undefined
  readonly recorded: ReadonlyMap<string, RecordedFile>
}

const contexts = new WeakMap<SyncPlan, PlanContext>()

export function rememberPlan(plan: SyncPlan, context: PlanContext): void {
  contexts.set(plan, context)
}

/** @throws SyncError `SYNC_PLAN_UNKNOWN` */
export function contextOf(plan: SyncPlan): PlanContext {
  const context = contexts.get(plan)
  if (context !== undefined) return context
  throw new SyncError(
    'SYNC_PLAN_UNKNOWN',
    'This is not a plan as planSync has returned it, or it was carried out before; make a new one'
  )
}

/** A plan is carried out once: afterwards the places are not what it was made for. */
export function takePlan(plan: SyncPlan): PlanContext {
  const context = contextOf(plan)
  contexts.delete(plan)
  return context
}

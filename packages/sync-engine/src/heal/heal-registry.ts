import { SyncError } from '../sync-error.ts'
import type { RecordedFile } from '../sync-options.ts'
import type { PlanHealOptions } from './heal-options.ts'
import type { HealPlan } from './heal-plan.ts'
import type { HealPlace } from './inspect-copies.ts'

export interface Records {
  get(path: string): RecordedFile | undefined
}

/** What a plan was made with and plain data cannot hold. */
export interface HealContext {
  readonly options: PlanHealOptions
  readonly places: readonly HealPlace[]
  readonly recorded: Records
}

const contexts = new WeakMap<HealPlan, HealContext>()

export function rememberHeal(plan: HealPlan, context: HealContext): void {
  contexts.set(plan, context)
}

/**
 * Of a plan that is carried out now, and only once.
 *
 * @throws SyncError `SYNC_PLAN_UNKNOWN`
 */
export function takeHeal(plan: HealPlan): HealContext {
  const context = contexts.get(plan)
  contexts.delete(plan)
  if (context !== undefined) return context
  throw new SyncError(
    'SYNC_PLAN_UNKNOWN',
    'This is not a plan as planHeal has returned it, or it was carried out before; make a new one'
  )
}

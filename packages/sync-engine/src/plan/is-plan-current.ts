import type { CallOptions } from '@tercet/interface'
import { SortedListing } from '../listing/sorted-listing.ts'
import { contextOf } from './plan-registry.ts'
import type { SyncPlan } from './sync-plan.ts'

/**
 * Lists the primary again: false when it is not as it was when the plan was made. `executeSync` finds that out by itself,
 * in time; this is for whoever keeps a plan to be looked at.
 *
 * @throws SyncError `SYNC_PLAN_UNKNOWN`, `SYNC_DUPLICATE_NAME`
 */
export async function isPlanCurrent(plan: SyncPlan, options: CallOptions = {}): Promise<boolean> {
  const { primary, options: planned } = contextOf(plan)
  using listing = new SortedListing({
    displayName: primary.displayName,
    temporaryFolder: planned.temporaryFolder
  })
  for await (const entry of primary.list({ signal: options.signal, recursive: planned.mirrorAll })) {
    if (!entry.path.endsWith('/')) listing.add(entry)
  }
  return listing.digest() === plan.primary.digest
}

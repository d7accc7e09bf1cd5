import { type CallOptions, type Issue, systemClock } from '@tercet/interface'
import { toVersion } from '../browse/browse-types.ts'
import { assertCatalogComplete } from '../common/catalog-completeness.ts'
import type { ReadingContext } from '../common/context.ts'
import { lockedUntil } from '../common/object-lock.ts'
import { applyRetention } from '../retention/plan-retention.ts'
import type { RetentionReason, VersionDecision } from '../retention/retention-types.ts'
import { type PlanDeleteOptions, resolvePlanDeleteOptions } from './delete-options.ts'
import type { DeletePlan } from './delete-plan.ts'
import { lockIssue } from './version-lock.ts'

/**
 * Finds out which versions go by which rule, and which rule keeps each other one. Changes nothing. A version whose list
 * an object lock keeps stays, with an issue (W17).
 *
 * @throws ConfigurationError `CONFIG_*`; EngineError `RETENTION_NO_SUCH_VERSION`, `RETENTION_REMOVES_EVERYTHING`,
 * `RETENTION_VERSION_HELD`, `ENGINE_CATALOG_UNFINISHED`; StorageError; `signal.reason`
 */
export async function planDelete(context: ReadingContext, options: PlanDeleteOptions): Promise<DeletePlan> {
  const { rules, newestIsCurrent } = resolvePlanDeleteOptions(options)
  options.signal?.throwIfAborted()
  const { catalog, clock = systemClock } = context
  assertCatalogComplete(catalog)
  const decisions = applyRetention(
    catalog.filesets.versions().map((version) => toVersion(version)),
    rules,
    {
      now: new Date(clock.now()),
      newestIsCurrent,
      held: heldVersions(context)
    }
  )
  const { allowFullRemoval } = rules
  return { ...(await respectLocks(context, decisions, options)), allowFullRemoval }
}

/** An interrupted backup is the newest version with changes, so that this one must still be there when it goes on. */
function heldVersions({ catalog }: ReadingContext): ReadonlyMap<number, RetentionReason> | undefined {
  if (catalog.filesets.building() === undefined) return undefined
  return new Map([[0, { rule: 'interrupted-backup', detail: 'an interrupted backup goes on from it' }]])
}

async function respectLocks(
  { backend, catalog, clock = systemClock }: ReadingContext,
  decisions: readonly VersionDecision[],
  { signal }: CallOptions
): Promise<{ readonly decisions: readonly VersionDecision[]; readonly issues: readonly Issue[] }> {
  const issues: Issue[] = []
  const respected: VersionDecision[] = []
  const versions = catalog.filesets.versions()
  for (const decision of decisions) {
    const { version, goes } = decision
    const volumeId = versions[version.number]?.volumeId
    const list = goes && volumeId !== undefined ? catalog.volumes.byId(volumeId)?.name : undefined
    const until = list && (await lockedUntil(backend, list, clock.now(), { signal }))
    if (list === undefined || typeof until !== 'number') respected.push(decision)
    else {
      const detail = `locked until ${new Date(until).toISOString()}`
      respected.push({ version, goes: false, reasons: [{ rule: 'lock', detail }] })
      issues.push(lockIssue(version, list, detail))
    }
  }
  return { decisions: respected, issues }
}

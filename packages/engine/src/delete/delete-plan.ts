import type { Catalog } from '@tercet/core'
import type { Issue } from '@tercet/interface'
import { EngineError } from '../common/engine-error.ts'
import type { VersionDecision } from '../retention/retention-types.ts'

/** Which versions go and which stay. Plain data. */
export interface DeletePlan {
  /** One for each version that there was when the plan was made, newest first. */
  readonly decisions: readonly VersionDecision[]
  /** No complete version need be left. */
  readonly allowFullRemoval: boolean
  /** Versions that the rules let go, and that stay for another reason. */
  readonly issues: readonly Issue[]
}

/**
 * A plan is carried out only while the backup has the very versions that it was made for.
 *
 * @throws EngineError `DELETE_PLAN_OUTDATED`, `RETENTION_REMOVES_EVERYTHING`
 */
export function assertPlanFits({ decisions, allowFullRemoval }: DeletePlan, catalog: Catalog): void {
  const versions = catalog.filesets.versions()
  const fits = versions.every(({ time, isFull }, number) => {
    const planned = decisions[number]?.version
    return (
      planned?.number === number &&
      planned.createdAt.getTime() === time * 1000 &&
      planned.isPartial === !isFull
    )
  })
  if (!fits || versions.length !== decisions.length)
    throw outdated('The backup does not have the versions any more that this plan was made for')
  if (decisions[0]?.goes && catalog.filesets.building() !== undefined)
    throw outdated('A backup was interrupted since this plan was made, and goes on from the newest version')
  const staysComplete = decisions.some(({ goes, version }) => !goes && !version.isPartial)
  const takesComplete = decisions.some(({ goes, version }) => goes && !version.isPartial)
  if (allowFullRemoval || staysComplete || !takesComplete) return
  throw new EngineError('RETENTION_REMOVES_EVERYTHING', 'This plan leaves no complete version')
}

function outdated(problem: string): EngineError {
  return new EngineError('DELETE_PLAN_OUTDATED', `${problem}. Nothing was deleted; make the plan again`)
}

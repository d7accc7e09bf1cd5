/** What stands between a mistake and a replica: a replica that a guard refuses is not touched at all. */

import { counted } from '@tercet/interface'
import { compareText } from '../file-class.ts'
import type { ReplicaMarker } from '../marker.ts'
import type { ResolvedReplica } from '../resolve-options.ts'
import type { ComparedPrimary, ComparedReplica } from './compare-places.ts'
import type { Refusal } from './sync-plan.ts'

export interface GuardFacts {
  readonly primary: ComparedPrimary
  readonly primaryName: string
  readonly replica: ResolvedReplica
  readonly compared: ComparedReplica
  /** Names recorded as uploaded that the primary does not list. */
  readonly unlisted: readonly string[]
  readonly marker: ReplicaMarker | undefined
  /** What the primary is a backup of. */
  readonly sourceId: string | undefined
}

/** The first guard that is violated and not overridden. */
export function findRefusal(facts: GuardFacts): Refusal | undefined {
  return (
    guardPrimary(facts) ??
    guardRecorded(facts) ??
    guardMarker(facts) ??
    guardStranger(facts) ??
    guardMassDelete(facts)
  )
}

/** G1 */
function guardPrimary({ primary, primaryName, replica, compared }: GuardFacts): Refusal | undefined {
  if (replica.settings.allowEmptySource) return undefined
  const isEmpty = primary.files === 0 && compared.files > 0
  const hasNoVersion = primary.dlists === 0 && compared.dlistPaths.length > 0
  if (!isEmpty && !hasNoVersion) return undefined
  return {
    code: 'SYNC_GUARD_EMPTY_PRIMARY',
    message: `${primaryName} ${isEmpty ? 'is empty' : 'has no version'} and the replica "${replica.id}" is not; look whether it is the right place, or allow an empty source`
  }
}

/** G4 */
function guardRecorded({ unlisted, primaryName }: GuardFacts): Refusal | undefined {
  const [first] = unlisted
  if (first === undefined) return undefined
  return {
    code: 'SYNC_GUARD_PRIMARY_INCOMPLETE',
    message: `${primaryName} lacks ${unlisted.length} of the volumes that were uploaded, such as ${first}; repair it first`
  }
}

/** G5 */
function guardMarker({ replica, marker, sourceId }: GuardFacts): Refusal | undefined {
  const own = replica.settings.marker?.sourceId ?? sourceId
  if (marker === undefined || own === undefined || marker.sourceId === own) return undefined
  if (replica.settings.adoptDestination) return undefined
  return {
    code: 'SYNC_GUARD_OTHER_BACKUP',
    message: `The replica "${replica.id}" is marked as a copy of ${JSON.stringify(marker.sourceId)}, not of ${JSON.stringify(own)}; choose another place, or adopt it`
  }
}

/** G5, where no marker tells: versions, and not one file that the primary has. */
function guardStranger({ primary, replica, compared }: GuardFacts): Refusal | undefined {
  const hasCommon = compared.surplus.length < compared.files
  if (primary.dlists === 0 || compared.dlistPaths.length === 0 || hasCommon) return undefined
  // What was once put there from here is ours, however long ago that was.
  const isOurs = compared.surplus.some(({ path }) => replica.ledger?.get(path) !== undefined)
  if (isOurs || replica.settings.adoptDestination) return undefined
  return {
    code: 'SYNC_GUARD_OTHER_BACKUP',
    message: `The replica "${replica.id}" holds ${counted(compared.dlistPaths.length, 'version')} and not one file that the primary has: it seems to be of another backup; choose another place, or adopt it`
  }
}

/** G2 */
function guardMassDelete({ primary, replica, compared }: GuardFacts): Refusal | undefined {
  const { allowMassDelete, allowEmptySource, maxDeletePercent } = replica.settings
  if (allowMassDelete || (allowEmptySource && primary.files === 0)) return undefined
  const deletions = compared.surplus.length
  if (deletions > (compared.files * maxDeletePercent) / 100) {
    return {
      code: 'SYNC_GUARD_MASS_DELETE',
      message: `${deletions} of ${compared.files} files of the replica "${replica.id}" would go, more than ${maxDeletePercent} %; look at the plan, then allow it or raise the limit`
    }
  }
  const goingDlists = compared.surplus.filter((file) => file.class === 'dlist').length
  const bringsNewer = compareText(primary.newestDlist ?? '', compared.dlistPaths.at(-1) ?? '') > 0
  if (goingDlists === 0 || goingDlists < compared.dlistPaths.length || bringsNewer) return undefined
  return {
    code: 'SYNC_GUARD_MASS_DELETE',
    message: `Every version of the replica "${replica.id}" would go, and none that is newer would come; look at the plan, then allow it`
  }
}

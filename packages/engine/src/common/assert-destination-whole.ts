import type { ListingDefect, ListingReport } from '@tercet/core'
import { counted } from '@tercet/interface'
import { EngineError } from './engine-error.ts'

/** Names of volumes that a message shows. */
const NAMES_SHOWN = 5

/**
 * Nothing is taken away from a destination that is not what the catalog says: another catalog may count on it, and
 * versions that are to go may be the only ones that are whole.
 *
 * @throws EngineError `ENGINE_CATALOG_OUTDATED`, `ENGINE_VOLUMES_MISSING`
 */
export function assertDestinationWhole({ defects }: ListingReport): void {
  const unknown = defects.filter(
    ({ code }) => code === 'DESTINATION_UNKNOWN_VOLUMES' || code === 'DESTINATION_CHANGED_ELSEWHERE'
  )
  if (unknown.length > 0)
    throw new EngineError(
      'ENGINE_CATALOG_OUTDATED',
      `The destination holds ${counted(unknown.length, 'volume')} that the catalog does not know (${namesOf(unknown)}): it was written with another catalog. Repair reads them into this one; then try again`,
      { context: { volumes: unknown.length, first: unknown[0]!.volume } }
    )
  if (defects.length === 0) return
  throw new EngineError(
    'ENGINE_VOLUMES_MISSING',
    `Missing at the destination, or damaged: ${counted(defects.length, 'volume')} (${namesOf(defects)}). Verify tells which versions need them; bring them back from a replica, or repair`,
    { context: { volumes: defects.length, first: defects[0]!.volume, reason: defects[0]!.code } }
  )
}

function namesOf(defects: readonly ListingDefect[]): string {
  const names = defects.slice(0, NAMES_SHOWN).map(({ volume }) => volume)
  return defects.length > NAMES_SHOWN ? `${names.join(', ')}, …` : names.join(', ')
}

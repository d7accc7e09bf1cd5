import { idOfPlace } from '../place/destination-id.ts'
import { displayUrl } from '../place/display-url.ts'
import { type Place, placeOf } from '../place/place.ts'
import { placeRelation } from '../place/place-relation.ts'
import type { SyncDestination } from './configuration.ts'
import { rejected } from './reject.ts'

interface Located {
  readonly what: string
  readonly displayName: string
  readonly place: Place
  readonly id: string
}

/** Where things are that a configuration does not say itself. */
export interface Surroundings {
  /** URL of the primary. */
  readonly primaryUrl?: string | undefined
  /** Options of the backend of the primary. */
  readonly primaryOptions?: Readonly<Record<string, string>> | undefined
  /** Where relative paths begin. */
  readonly workingFolder?: string | undefined
  /** Where a path of this machine really leads, so that two names of one folder are seen through. */
  readonly realPath?: ((path: string) => string) | undefined
}

/**
 * Gives each destination its id, and makes sure that no two of them, and none and the primary, are in each other's way.
 *
 * @throws ConfigurationError `CONFIG_CONFLICT`
 */
export function placeDestinations(
  destinations: readonly SyncDestination[],
  where: string,
  { primaryUrl = '', primaryOptions: backendOptions, workingFolder, realPath }: Surroundings
): SyncDestination[] {
  const primary = placeOf(primaryUrl, { workingFolder, backendOptions, realPath })
  const known: Located[] = []
  if (primary !== undefined)
    known.push({ what: 'the primary', displayName: displayUrl(primaryUrl), place: primary, id: '' })
  return destinations.map((destination) => {
    const { url, index, displayName, backendOptions: own } = destination
    const named = placeOf(url, { workingFolder, backendOptions: own })
    if (named === undefined) return destination
    // As it is written: a link that leads elsewhere one day is still the same destination.
    const id = destination.id === '' ? idOfPlace(named) : destination.id
    const place = placeOf(url, { workingFolder, backendOptions: own, realPath }) ?? named
    const located: Located = { what: `destinations[${index}]`, displayName, place, id }
    for (const other of known) assertApart(located, other, where)
    known.push(located)
    return { ...destination, id }
  })
}

const WORDS = { same: 'is', inside: 'is inside', around: 'is around' } as const

function assertApart(one: Located, other: Located, where: string): void {
  const relation = placeRelation(one.place, other.place)
  const at = `${where}.${one.what}`
  if (relation !== 'apart')
    throw rejected(
      'CONFIG_CONFLICT',
      at,
      `${one.displayName} ${WORDS[relation]} ${other.what === 'the primary' ? 'the primary' : `the place of ${other.what}`} (${other.displayName}); give each copy a place of its own`,
      { relation }
    )
  if (one.id === other.id)
    throw rejected(
      'CONFIG_CONFLICT',
      at,
      `has the same id as ${other.what} (${one.id}); give each an "id" of its own`
    )
}

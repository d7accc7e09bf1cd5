import type { StorageBackend } from '@tercet/interface'
import type { SyncDestination } from '@tercet/sync-policy'

interface Place {
  readonly backend: StorageBackend
  readonly destination: SyncDestination
}

/** Places under names that people know them by. Two may look alike without their options; then ids tell them apart. */
export function namedPlaces<P extends Place>(places: readonly P[]): (P & { readonly name: string })[] {
  return places.map((place) => {
    const { displayName: name } = place.backend
    const isUnique = places.filter(({ backend }) => backend.displayName === name).length === 1
    return { ...place, name: isUnique ? name : `${name} (${place.destination.id})` }
  })
}

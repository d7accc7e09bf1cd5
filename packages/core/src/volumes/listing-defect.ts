import type { VolumeName } from '@tercet/volume-format'
import type { CatalogVolume } from '../catalog/volume-table.ts'
import type { CoreErrorCode } from '../core-error.ts'

/** Something about a volume at the destination that is not as it has to be. Plain data. */
export interface ListingDefect {
  readonly code: Extract<CoreErrorCode, `DESTINATION_${string}`>
  readonly volume: string
  readonly type: 'dblock' | 'dindex' | 'dlist' | undefined
  readonly message: string
}

function missingVolume(volume: CatalogVolume): ListingDefect {
  return defect('DESTINATION_VOLUME_MISSING', volume, `The volume ${volume.name} is not at the destination`)
}

export function damagedVolume(volume: CatalogVolume, reason: string): ListingDefect {
  return defect('DESTINATION_VOLUME_DAMAGED', volume, `The volume ${volume.name} is damaged: ${reason}`)
}

/** A version that is not of this catalog. */
export function foreignVersion(volume: { readonly name: string }): ListingDefect {
  return defect(
    'DESTINATION_CHANGED_ELSEWHERE',
    { name: volume.name, type: 'dlist' },
    `The version ${volume.name} was stored by another catalog; repair reads it into this one`
  )
}

export function listingDefects(found: {
  missing: readonly CatalogVolume[]
  unfinished: readonly CatalogVolume[]
  foreign: readonly CatalogVolume[]
  unknown: readonly VolumeName[]
  duplicates: ReadonlySet<string>
}): ListingDefect[] {
  return [
    ...found.missing.map(missingVolume),
    ...found.unfinished.map((volume) =>
      defect('DESTINATION_VOLUME_MISSING', volume, `The upload of ${volume.name} has not been finished`)
    ),
    ...found.foreign.map(foreignVersion),
    ...found.unknown.map((volume) =>
      volume.type === 'dlist'
        ? foreignVersion(volume)
        : defect(
            'DESTINATION_UNKNOWN_VOLUMES',
            volume,
            `The volume ${volume.name} is at the destination, but not in the catalog; repair reads it`
          )
    ),
    ...[...found.duplicates].map((name) => ({
      code: 'DESTINATION_DUPLICATE_NAMES' as const,
      volume: name,
      type: undefined,
      message: `The destination lists the name ${name} more than once`
    }))
  ]
}

function defect(
  code: ListingDefect['code'],
  volume: { readonly name: string; readonly type: 'dblock' | 'dindex' | 'dlist' },
  message: string
): ListingDefect {
  return { code, volume: volume.name, type: volume.type, message }
}

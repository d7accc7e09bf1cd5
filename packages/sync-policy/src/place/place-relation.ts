import type { Place } from './place.ts'

/** How two places lie to each other: `inside` means that the first is in the second. */
export type PlaceRelation = 'same' | 'inside' | 'around' | 'apart'

/** Compares names: of folders of this machine those that `realPath` has told, if it was asked. */
export function placeRelation(a: Place, b: Place): PlaceRelation {
  if (areaOf(a) !== areaOf(b)) return 'apart'
  const shared = Math.min(a.segments.length, b.segments.length)
  for (let index = 0; index < shared; index++) if (a.segments[index] !== b.segments[index]) return 'apart'
  if (a.segments.length === b.segments.length) return 'same'
  return a.segments.length > b.segments.length ? 'inside' : 'around'
}

function areaOf({ scheme, user, authority, server, isRelative }: Place): string {
  return JSON.stringify([scheme, user, authority, server, isRelative])
}

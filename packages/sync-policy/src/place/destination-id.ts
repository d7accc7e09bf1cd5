import { hashBytes } from '@tercet/crypto'
import { type Place, type PlaceOptions, placeOf } from './place.ts'

/**
 * The id under which the state of a destination is kept, where its configuration names none: made from the URL without
 * credentials and options, so that a new password or another order of destinations changes nothing.
 *
 * @throws RangeError for a blank URL
 */
export function destinationIdOf(url: string, options: PlaceOptions = {}): string {
  const place = placeOf(url, options)
  if (place === undefined) throw new RangeError('A blank URL names no destination')
  return idOfPlace(place)
}

export function idOfPlace({ scheme, authority, segments, isRelative }: Place): string {
  const identity = JSON.stringify([scheme, authority, isRelative, ...segments])
  const digest = hashBytes('SHA256', new TextEncoder().encode(identity))
  return `${scheme}-${Array.from(digest.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

import { utf8Length } from '@tercet/interface'

const MAX_TRIES = 100
const MAX_NAME_BYTES = 255

/**
 * Names for a restored file whose own name is taken by something else: `name.YYYY-MM-DD.ext` with the local date of the
 * version, then `name.YYYY-MM-DD (0).ext` and so on, 101 in all. Long names are cut in the middle to what a file system takes.
 */
export function* conflictNames(name: string, versionTime: Date): Generator<string> {
  const dot = name.lastIndexOf('.')
  const base = dot > 0 ? name.slice(0, dot) : name
  const extension = dot > 0 ? name.slice(dot) : ''
  const date = `${versionTime.getFullYear()}-${twoDigits(versionTime.getMonth() + 1)}-${twoDigits(versionTime.getDate())}`
  yield fitted(base, `.${date}${extension}`)
  for (let at = 0; at < MAX_TRIES; at++) yield fitted(base, `.${date} (${at})${extension}`)
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

function fitted(base: string, ending: string): string {
  const characters = [...base]
  const room = MAX_NAME_BYTES - utf8Length(ending)
  while (characters.length > 1 && utf8Length(characters.join('')) > room) characters.pop()
  return characters.join('') + ending
}

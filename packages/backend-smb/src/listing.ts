import type { NamedFile } from '@tercet/backend-kit'

/** Space as `ls` tells it. */
export interface ShareSpace {
  readonly totalBytes: number
  readonly freeBytes: number
}

/**
 * A line of `ls`: name, padded; attributes, 7 wide; size, at least 8 wide; time. Columns are counted from the right, because a
 * name may hold anything.
 */
const LINE =
  /^ {2}(.+)([ A-Za-z]{7}) ([ \d]{8}|\d{9,}) {2}(\w{3} (\w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})|\(null time\))$/
const SPACE = /^\t\t(\d+) blocks of size (\d+)\. (\d+) blocks available$/m

/** The lines of `ls`, printed in UTC, except for the folder itself and the one above. */
export function* parseListing(told: string): Generator<NamedFile, void, undefined> {
  for (const line of told.split('\n')) {
    const [, padded = '', attributes = '', size, , time] = LINE.exec(line) ?? []
    const name = padded.trimEnd() // names do not end with a space
    if (size === undefined || name === '' || name === '.' || name === '..') continue
    const isFolder = attributes.includes('D')
    yield {
      name,
      isFolder,
      isFile: !isFolder,
      sizeBytes: Number(size),
      modifiedAt: time === undefined ? undefined : new Date(`${time} UTC`)
    }
  }
}

/** Undefined where the server does not tell. */
export function parseSpace(told: string): ShareSpace | undefined {
  const [, total, size, free] = SPACE.exec(told)?.map(Number) ?? []
  if (total === undefined || size === undefined || free === undefined) return undefined
  return { totalBytes: total * size, freeBytes: free * size }
}

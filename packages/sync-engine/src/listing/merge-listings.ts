import type { ListedFile } from './sorted-listing.ts'

/** One name, as each of several places lists it; undefined where it is not there. */
export interface MergedName {
  readonly path: string
  readonly primary: ListedFile | undefined
  /** By position of the replica. */
  readonly replicas: readonly (ListedFile | undefined)[]
}

/** Walks sorted listings side by side, name by name, with one entry of each in memory. */
export function* mergeListings(
  primary: Iterable<ListedFile>,
  replicas: readonly Iterable<ListedFile>[]
): Generator<MergedName, void, undefined> {
  const streams = [primary, ...replicas].map((entries) => {
    const iterator = entries[Symbol.iterator]()
    return { iterator, head: next(iterator) }
  })
  for (;;) {
    let path: string | undefined
    for (const { head } of streams) {
      if (head !== undefined && (path === undefined || compareNames(head.path, path) < 0)) path = head.path
    }
    if (path === undefined) return
    const row = streams.map((stream) => {
      if (stream.head?.path !== path) return undefined
      const found = stream.head
      stream.head = next(stream.iterator)
      return found
    })
    yield { path, primary: row[0], replicas: row.slice(1) }
  }
}

function next(iterator: Iterator<ListedFile>): ListedFile | undefined {
  const result = iterator.next()
  return result.done === true ? undefined : result.value
}

/** The order of UTF-8 bytes, which is that of code points: only surrogates make it another than that of strings. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0
  const shorter = Math.min(a.length, b.length)
  let at = 0
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === shorter) return a.length - b.length
  return rank(a.charCodeAt(at)) - rank(b.charCodeAt(at))
}

function rank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x10000 : codeUnit
}

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
      if (head !== undefined && (path === undefined || head.path < path)) path = head.path
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

import type { FetchedVolume } from '@tercet/core'
import type { VolumeFetcher } from './volume-fetcher.ts'

/** Volumes that are on their way while one is worked on. */
const AHEAD = 3

export interface FetchOutcome<Item> {
  readonly item: Item
  /** Disposed when the loop goes on. */
  readonly volume: FetchedVolume | undefined
  /** Why there is no volume. */
  readonly error: unknown
}

/**
 * Fetches volumes in order, some of them ahead, and yields each with its outcome. Leaving the loop early removes what
 * was fetched ahead.
 *
 * @throws the reason of `signal`
 */
export async function* fetchAhead<Item>(
  fetcher: VolumeFetcher,
  items: Iterable<Item>,
  nameOf: (item: Item) => string,
  signal: AbortSignal | undefined
): AsyncGenerator<FetchOutcome<Item>> {
  const source = items[Symbol.iterator]()
  const queue: Promise<FetchOutcome<Item>>[] = []
  const start = (): void => {
    const next = source.next()
    if (next.done !== true) queue.push(fetchOne(fetcher, next.value, nameOf(next.value), signal))
  }
  try {
    for (let i = 0; i < AHEAD; i++) start()
    for (let head = queue.shift(); head !== undefined; head = queue.shift()) {
      start()
      const outcome = await head
      try {
        signal?.throwIfAborted()
        yield outcome
      } finally {
        outcome.volume?.[Symbol.dispose]()
      }
    }
  } finally {
    for (const outcome of await Promise.all(queue)) outcome.volume?.[Symbol.dispose]()
  }
}

/** Fetches volumes and works on several of them at once, in no particular order. The first failure of `work` ends it. */
export async function forEachFetched<Item>(
  fetcher: VolumeFetcher,
  items: readonly Item[],
  options: {
    readonly nameOf: (item: Item) => string
    readonly parallel: number
    /** No more volumes are wanted; those that are on their way are still worked on. */
    readonly isOver?: (() => boolean) | undefined
    readonly signal: AbortSignal | undefined
  },
  work: (outcome: FetchOutcome<Item>) => Promise<void>
): Promise<void> {
  const { nameOf, parallel, isOver = () => false, signal } = options
  let next = 0
  let hasFailed = false
  const take = async (): Promise<void> => {
    while (next < items.length && !hasFailed && !isOver()) {
      const item = items[next++] as Item
      const outcome = await fetchOne(fetcher, item, nameOf(item), signal)
      try {
        signal?.throwIfAborted()
        await work(outcome)
      } catch (error) {
        hasFailed = true
        throw error
      } finally {
        outcome.volume?.[Symbol.dispose]()
      }
    }
  }
  const settled = await Promise.allSettled(Array.from({ length: parallel }, take))
  const failed = settled.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function fetchOne<Item>(
  fetcher: VolumeFetcher,
  item: Item,
  name: string,
  signal: AbortSignal | undefined
): Promise<FetchOutcome<Item>> {
  try {
    return { item, volume: await fetcher.fetch(name, { signal }), error: undefined }
  } catch (error) {
    return { item, volume: undefined, error }
  }
}

import { assertStoragePath, type CallOptions, type DeleteFailure } from '@tercet/interface'

/** Calls `work` for each, some at the same time, in order. Ends with the first that rejects. */
export async function inLanes<Item>(
  items: Iterable<Item>,
  lanes: number,
  work: (item: Item) => Promise<void>
): Promise<void> {
  const queue = items[Symbol.iterator]()
  const lane = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** How a store deletes many. */
export interface BatchDelete {
  /** Most paths of one batch. */
  readonly batchSize: number
  /** Batches that are under way at the same time. */
  readonly lanes: number
  /** Deletes what a batch names; resolves with what could not be deleted. */
  deleteBatch(paths: readonly string[], signal: AbortSignal | undefined): Promise<readonly DeleteFailure[]>
}

/** Deletes in batches. A batch that fails as a whole is a failure of each of its paths, as a wrong path is of itself. */
export async function deleteInBatches(
  paths: readonly string[],
  options: CallOptions | undefined,
  { batchSize, lanes, deleteBatch }: BatchDelete
): Promise<DeleteFailure[]> {
  const signal = options?.signal
  const failures: DeleteFailure[] = []
  const possible = paths.filter((path) => {
    try {
      assertStoragePath(path)
      return true
    } catch (error) {
      failures.push({ path, error })
      return false
    }
  })
  await inLanes(batchesOf(possible, batchSize), lanes, async (batch) => {
    signal?.throwIfAborted()
    try {
      failures.push(...(await deleteBatch(batch, signal)))
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      failures.push(...batch.map((path) => ({ path, error })))
    }
  })
  return failures
}

function* batchesOf(paths: readonly string[], size: number): Generator<readonly string[]> {
  for (let from = 0; from < paths.length; from += size) yield paths.slice(from, from + size)
}

import type { CallOptions, DeleteFailure } from '@tercet/interface'

/** Deletes each path, some at the same time; resolves with those that failed. An abort rejects. */
export async function deleteInLanes(
  paths: readonly string[],
  lanes: number,
  options: CallOptions | undefined,
  remove: (path: string) => Promise<void>
): Promise<readonly DeleteFailure[]> {
  const failures: DeleteFailure[] = []
  const queue = [...paths]
  const lane = async (): Promise<void> => {
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      try {
        await remove(path)
      } catch (error) {
        options?.signal?.throwIfAborted()
        failures.push({ path, error })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, queue.length) }, lane))
  return failures
}

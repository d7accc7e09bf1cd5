import type { CallOptions, DeleteFailure } from '@tercet/interface'
import { inLanes } from './delete-each.ts'

/** Deletes each path, some at the same time; resolves with those that failed. An abort rejects. */
export async function deleteInLanes(
  paths: readonly string[],
  lanes: number,
  options: CallOptions | undefined,
  remove: (path: string) => Promise<void>
): Promise<readonly DeleteFailure[]> {
  const failures: DeleteFailure[] = []
  await inLanes(paths, lanes, async (path) => {
    try {
      await remove(path)
    } catch (error) {
      options?.signal?.throwIfAborted()
      failures.push({ path, error })
    }
  })
  return failures
}

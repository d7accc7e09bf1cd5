import { deleteInBatches } from '@tercet/backend-kit'
import type { CallOptions, DeleteFailure } from '@tercet/interface'
import type { RcloneSession } from './rclone-session.ts'

/** Names of one request. */
const MOST = 1000
/** For fewer it is not worth while that rclone lists what is there. */
const FEWEST = 20
/** Deletions that are under way at the same time. */
const AT_ONCE = 8

/**
 * Deletes many files: rclone goes through what is there and deletes what has one of the names, which saves it from looking
 * at each of them by itself. Where that fails each is deleted by `deleteOne`, which tells why.
 */
export async function deleteFiles(
  session: RcloneSession,
  paths: readonly string[],
  options: CallOptions | undefined,
  deleteOne: (path: string) => Promise<void>
): Promise<readonly DeleteFailure[]> {
  const oneByOne = (some: readonly string[]): Promise<DeleteFailure[]> =>
    deleteInBatches(some, options, {
      batchSize: 1,
      lanes: AT_ONCE,
      deleteBatch: async ([path = '']) => {
        await deleteOne(path)
        return []
      }
    })
  return await deleteInBatches(paths, options, {
    batchSize: MOST,
    lanes: 1,
    deleteBatch: async (batch, signal) => {
      if (batch.length < FEWEST) return await oneByOne(batch)
      try {
        const filter = { IncludeRule: [ruleOf(batch)] }
        const parameters = { fs: session.fs, _filter: filter, _config: { Transfers: AT_ONCE } }
        await session.call('operations/delete', parameters, 'delete', undefined, signal)
        return []
      } catch {
        signal?.throwIfAborted()
        return await oneByOne(batch)
      }
    }
  })
}

/** A filter of rclone for exactly these names, in its form for regular expressions: one for all is tried once for each file. */
function ruleOf(paths: readonly string[]): string {
  const names = paths.map((path) => path.replace(/[^\p{L}\p{N}/]/gu, (char) => literal(char)))
  return `/{{(?:${names.join('|')})}}`
}

/** No bracket stands beside another one, which would end the expression. */
function literal(char: string): string {
  return char < ' ' || char > '~' ? `\\x{${(char.codePointAt(0) as number).toString(16)}}` : `\\${char}`
}

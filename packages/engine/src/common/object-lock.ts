import { type CallOptions, isTercetError, type StorageBackend, untilAborted } from '@tercet/interface'
import type { ReadingContext } from './context.ts'

/**
 * Until when an object lock keeps a volume, in milliseconds since 1970; undefined where none does, or where
 * the backend knows no locks.
 */
export async function lockedUntil(
  backend: StorageBackend,
  volume: string,
  now: number,
  { signal }: CallOptions
): Promise<number | undefined> {
  if (!backend.capabilities.objectLock) return undefined
  try {
    const until = await untilAborted(backend.getLock(volume, { signal }), signal)
    return until !== undefined && until.getTime() > now ? until.getTime() : undefined
  } catch (error) {
    if (isTercetError(error, 'STORAGE_NOT_FOUND')) return undefined
    throw error
  }
}

/** Until when a stored volume can neither be deleted nor overwritten. */
export interface VolumeLock {
  readonly name: string
  readonly type: 'dblock' | 'dindex' | 'dlist'
  /** Undefined: it is not locked, or not any more. */
  readonly lockedUntil: Date | undefined
}

const AT_THE_SAME_TIME = 8

/**
 * Asks the destination for the lock of each volume that the catalog counts on, in the order in which they were stored.
 *
 * @throws StorageError, `STORAGE_UNSUPPORTED` where there are no locks; `signal.reason`
 */
export async function readLocks(
  { backend, catalog }: ReadingContext,
  { signal }: CallOptions = {}
): Promise<readonly VolumeLock[]> {
  const locks: VolumeLock[] = []
  const volumes = [...catalog.volumes.all({ states: ['uploaded', 'verified'] })]
  for (let at = 0; at < volumes.length; at += AT_THE_SAME_TIME)
    locks.push(
      ...(await Promise.all(
        volumes.slice(at, at + AT_THE_SAME_TIME).map(async ({ name, type }) => ({
          name,
          type,
          lockedUntil: await untilAborted(backend.getLock(name, { signal }), signal)
        }))
      ))
    )
  return locks
}

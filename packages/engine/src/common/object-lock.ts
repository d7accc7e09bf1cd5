import { type CallOptions, isTercetError, type StorageBackend, untilAborted } from '@tercet/interface'

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

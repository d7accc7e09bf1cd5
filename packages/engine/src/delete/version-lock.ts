import type { CallOptions, StorageBackend } from '@tercet/interface'
import { type Issue, isTercetError, untilAborted } from '@tercet/interface'
import type { DatedVersion } from '../retention/retention-types.ts'

/**
 * Until when an object lock keeps the list of a version, in milliseconds since 1970; undefined where none does, or where
 * the backend knows no locks.
 */
export async function lockedUntil(
  backend: StorageBackend,
  list: string,
  now: number,
  { signal }: CallOptions
): Promise<number | undefined> {
  if (!backend.capabilities.objectLock) return undefined
  try {
    const until = await untilAborted(backend.getLock(list, { signal }), signal)
    return until !== undefined && until.getTime() > now ? until.getTime() : undefined
  } catch (error) {
    if (isTercetError(error, 'STORAGE_NOT_FOUND')) return undefined
    throw error
  }
}

/** Tells that a version stays because of a lock. */
export function lockIssue({ number, createdAt }: DatedVersion, list: string, detail: string): Issue {
  return {
    code: 'DELETE_VERSION_LOCKED',
    severity: 'warning',
    message: `Version ${number} of ${createdAt.toISOString()} stays: its list is ${detail}`,
    volume: list
  }
}

/** Tells that a version stays because the destination has refused to delete its list. */
export function refusalOf(version: DatedVersion, { code, volume = '', message }: Issue): Issue {
  if (code === 'STORAGE_LOCKED') return lockIssue(version, volume, 'locked')
  return {
    code: 'DELETE_VERSION_REFUSED',
    severity: 'error',
    message: `Version ${version.number} of ${version.createdAt.toISOString()} stays: ${message}`,
    volume
  }
}

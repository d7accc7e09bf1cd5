import type { Issue } from '@tercet/interface'
import type { DatedVersion } from '../retention/retention-types.ts'

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

import { type CallOptions, type Issue, systemClock } from '@tercet/interface'
import type { ReadingContext } from '../common/context.ts'
import { lockedUntil } from '../common/object-lock.ts'
import type { DatedVersion } from '../retention/retention-types.ts'

/** Why a version cannot be rewritten now: an object lock keeps its list (W17). */
export async function findListLock(
  { backend, catalog, clock = systemClock }: ReadingContext,
  { number, createdAt }: DatedVersion,
  call: CallOptions
): Promise<Issue | undefined> {
  const volumeId = catalog.filesets.versions()[number]?.volumeId
  const list = volumeId === undefined ? undefined : catalog.volumes.byId(volumeId)?.name
  const until = list && (await lockedUntil(backend, list, clock.now(), call))
  if (list === undefined || typeof until !== 'number') return undefined
  return {
    code: 'PURGE_VERSION_LOCKED',
    severity: 'warning',
    message: `Version ${number} of ${createdAt.toISOString()} stays as it is: its list is locked until ${new Date(until).toISOString()}`,
    volume: list
  }
}

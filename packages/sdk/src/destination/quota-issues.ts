import type { CatalogReader } from '@tercet/core'
import {
  type CallOptions,
  ConfigurationError,
  type Issue,
  type StorageBackend,
  untilAborted
} from '@tercet/interface'

/** When a run warns that there is little room left. */
export interface QuotaOptions {
  /** Warn when less is left than this share of what is used, in percent; 0: never. @defaultValue 10 */
  readonly quotaWarningPercent?: number | undefined
  /** Ask the destination itself what is left, where it can tell. @defaultValue true */
  readonly askQuota?: boolean | undefined
}

/** {@link QuotaOptions} with the defaults. */
export interface ResolvedQuota {
  readonly quotaWarningPercent: number
  readonly askQuota: boolean
}

/** @throws ConfigurationError `CONFIG_INVALID_VALUE` */
export function resolveQuota({ quotaWarningPercent = 10, askQuota = true }: QuotaOptions): ResolvedQuota {
  const isShare =
    typeof quotaWarningPercent === 'number' && quotaWarningPercent >= 0 && quotaWarningPercent <= 100
  if (isShare && typeof askQuota === 'boolean') return { quotaWarningPercent, askQuota }
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    'run: "quotaWarningPercent" must be a number from 0 to 100, and "askQuota" true or false'
  )
}

/** Tells of little room that is left, by the quota that was given and by what the destination says. */
export async function quotaIssues(
  backend: StorageBackend,
  catalog: CatalogReader,
  quotaBytes: number | undefined,
  { quotaWarningPercent, askQuota }: ResolvedQuota,
  { signal }: CallOptions
): Promise<readonly Issue[]> {
  let used = 0
  for (const { size } of catalog.volumes.all({ states: ['uploaded', 'verified'] })) used += size ?? 0
  const enough = (used * quotaWarningPercent) / 100
  const issues: Issue[] = []
  if (quotaBytes !== undefined && quotaBytes - used < enough)
    issues.push(warning(`Of the quota of ${quotaBytes} bytes, ${Math.max(0, quotaBytes - used)} are left`))
  const free = askQuota && backend.capabilities.quota ? await freeBytes(backend, signal) : undefined
  if (free === 0) issues.push({ ...warning(`${backend.displayName} is full`), severity: 'error' })
  else if (free !== undefined && free < enough)
    issues.push(warning(`${backend.displayName} has room for ${free} bytes more, where ${used} are used`))
  return issues
}

/** What a store does not want to tell is no reason to worry. */
async function freeBytes(
  backend: StorageBackend,
  signal: AbortSignal | undefined
): Promise<number | undefined> {
  try {
    const { freeBytes } = await untilAborted(backend.quota({ signal }), signal)
    return freeBytes !== undefined && freeBytes >= 0 ? freeBytes : undefined
  } catch {
    signal?.throwIfAborted()
    return undefined
  }
}

function warning(message: string): Issue {
  return { code: 'QUOTA_NEAR', severity: 'warning', message }
}

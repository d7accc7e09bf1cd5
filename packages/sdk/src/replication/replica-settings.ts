import type { ReplicaSettings } from '@tercet/sync-engine'
import type { SyncDestination } from '@tercet/sync-policy'

export interface ReplicaSettingsContext {
  readonly sourceId: string
  readonly backupId: string | undefined
}

/** The options of a destination as the engine of replication has them. */
export function replicaSettings(
  { options, backendOptions }: SyncDestination,
  { sourceId, backupId }: ReplicaSettingsContext
): ReplicaSettings {
  const budget = options.verifyBudget
  const quota = backendOptions['quota-disable']
  return {
    deleteOrder: options.deleteOrder,
    retention: options.retention,
    retentionKeepMs: options.retentionKeepTime,
    retentionKeepCount: options.retentionKeepCount,
    force: options.force,
    autoCreateFolders: options.autoCreateFolders,
    backendRetries: options.backendRetries,
    backendRetryDelayMs: options.backendRetryDelay,
    backendRetryWithExponentialBackoff: options.backendRetryWithExponentialBackoff,
    retry: options.retry,
    // Listings are compared in any case.
    verifyContents: options.verifyContents === 'listing' ? 'none' : options.verifyContents,
    verifyGetAfterPut: options.verifyGetAfterPut ? options.verifyMode : 'none',
    verifyMaxAgeMs: options.verifyMaxAge,
    verifyBudgetBytes: budget !== undefined && 'bytes' in budget ? budget.bytes : undefined,
    verifyBudgetPart: budget !== undefined && 'part' in budget ? budget.part : undefined,
    testFiles: options.testFiles,
    maxDeletePercent: options.maxDeletePercent,
    allowEmptySource: options.allowEmptySource,
    allowMassDelete: options.allowMassDelete,
    adoptDestination: options.adoptDestination,
    quotaDisable: quota !== undefined && !/^(0|off|false|no)$/i.test(quota),
    concurrencyUpload: options.concurrencyUpload,
    concurrencyDelete: options.concurrencyDelete,
    marker: options.marker ? { sourceId, backupId } : undefined
  }
}

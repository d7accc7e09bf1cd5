import { assertKnownKeys, ConfigurationError } from '@tercet/interface'
import type { ExecuteSyncOptions } from '../sync-options.ts'

export interface ResolvedExecuteOptions {
  readonly concurrency: {
    readonly download: number
    readonly upload: number
    readonly delete: number
    readonly total: number | undefined
  }
  readonly throttleDownload: number | undefined
  readonly throttleUpload: number | undefined
  readonly spoolMaxBytes: number | undefined
  /** Undefined: never. */
  readonly detachAfterMs: number | undefined
}

const KEYS = [
  'concurrency',
  'throttleDownload',
  'throttleUpload',
  'spoolMaxBytes',
  'slowReplicas',
  'detachAfterMs',
  'signal',
  'onEvent'
]

/** @throws ConfigurationError */
export function resolveExecuteOptions(options: ExecuteSyncOptions): ResolvedExecuteOptions {
  assertKnownKeys(options, KEYS, 'executeSync')
  const given = options.concurrency ?? {}
  assertKnownKeys(given, ['download', 'upload', 'delete', 'total'], 'executeSync: concurrency')
  const policy = options.slowReplicas ?? 'detach'
  if (policy !== 'detach' && policy !== 'backpressure') throw invalid('slowReplicas', policy)
  const detachAfterMs = positive('detachAfterMs', options.detachAfterMs) ?? 30_000
  return {
    concurrency: {
      download: count('download', given.download) ?? 4,
      upload: count('upload', given.upload) ?? 4,
      delete: count('delete', given.delete) ?? 8,
      total: count('total', given.total)
    },
    throttleDownload: positive('throttleDownload', options.throttleDownload),
    throttleUpload: positive('throttleUpload', options.throttleUpload),
    spoolMaxBytes: amount('spoolMaxBytes', options.spoolMaxBytes),
    detachAfterMs: policy === 'detach' ? detachAfterMs : undefined
  }
}

function count(key: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return value
  throw invalid(key, value)
}

function positive(key: string, value: number | undefined): number | undefined {
  if (value === undefined || value > 0) return value
  throw invalid(key, value)
}

function amount(key: string, value: number | undefined): number | undefined {
  if (value === undefined || value >= 0) return value
  throw invalid(key, value)
}

function invalid(key: string, value: unknown): ConfigurationError {
  return new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `executeSync: ${key} cannot be ${JSON.stringify(value)}`,
    {
      context: { key }
    }
  )
}

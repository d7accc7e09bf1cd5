import {
  assertKnownKeys,
  type Clock,
  ConfigurationError,
  type StorageBackend,
  systemClock
} from '@tercet/interface'
import { assertVolumePrefix } from '@tercet/volume-format'
import type { SyncLedger } from './ledger.ts'
import { SyncError } from './sync-error.ts'
import type { PlanSyncOptions, ReplicaOptions, ReplicaSettings } from './sync-options.ts'

type Defined<T> = { readonly [Key in keyof T]-?: Exclude<T[Key], undefined> }
type Optional =
  | 'retentionKeepMs'
  | 'retentionKeepCount'
  | 'verifyMaxAgeMs'
  | 'verifyBudgetBytes'
  | 'verifyBudgetPart'
  | 'concurrencyUpload'
  | 'concurrencyDelete'
  | 'marker'

/** Settings with all defaults filled in. */
export type ResolvedSettings = Defined<Omit<ReplicaSettings, Optional>> & Pick<ReplicaSettings, Optional>

export interface ResolvedReplica {
  readonly id: string
  readonly backend: StorageBackend
  readonly settings: ResolvedSettings
  readonly ledger: SyncLedger | undefined
  readonly copyFromPrimary: ReplicaOptions['copyFromPrimary']
}

export interface ResolvedPlanOptions
  extends Omit<PlanSyncOptions, 'replicas' | 'clock' | 'random' | 'mirrorAll'> {
  readonly mirrorAll: boolean
  readonly replicas: readonly ResolvedReplica[]
  readonly clock: Clock
  readonly random: () => number
}

const SETTINGS: { readonly [Key in keyof Defined<ReplicaSettings>]: (value: unknown) => boolean } = {
  deleteOrder: oneOf('auto', 'after-copy', 'before-copy', 'interleaved'),
  retention: isBoolean,
  retentionKeepMs: isAmount,
  retentionKeepCount: isCount,
  force: isBoolean,
  autoCreateFolders: isBoolean,
  backendRetries: isCount,
  backendRetryDelayMs: isAmount,
  backendRetryWithExponentialBackoff: isBoolean,
  retry: isCount,
  verifyContents: oneOf('none', 'listing', 'checksum', 'download'),
  verifyGetAfterPut: oneOf('none', 'checksum', 'download'),
  verifyMaxAgeMs: isAmount,
  verifyBudgetBytes: isAmount,
  verifyBudgetPart: (value) => isAmount(value) && (value as number) <= 1,
  testFiles: isCount,
  maxDeletePercent: (value) => isAmount(value) && (value as number) <= 100,
  allowEmptySource: isBoolean,
  allowMassDelete: isBoolean,
  adoptDestination: isBoolean,
  quotaDisable: isBoolean,
  concurrencyUpload: (value) => isCount(value) && (value as number) >= 1,
  concurrencyDelete: (value) => isCount(value) && (value as number) >= 1,
  marker: (value) => typeof (value as { sourceId?: unknown } | null)?.sourceId === 'string'
}

export const DEFAULTS: ResolvedSettings = {
  deleteOrder: 'auto',
  retention: false,
  force: false,
  autoCreateFolders: true,
  backendRetries: 3,
  backendRetryDelayMs: 1000,
  backendRetryWithExponentialBackoff: true,
  retry: 3,
  verifyContents: 'none',
  verifyGetAfterPut: 'none',
  testFiles: 0,
  maxDeletePercent: 50,
  allowEmptySource: false,
  allowMassDelete: false,
  adoptDestination: false,
  quotaDisable: false
}

const SETTING_KEYS = Object.keys(SETTINGS) as (keyof ReplicaSettings)[]
const REPLICA_KEYS = [...SETTING_KEYS, 'backend', 'ledger', 'copyFromPrimary']
const PLAN_KEYS = [
  ...SETTING_KEYS,
  ...[
    'primary',
    'replicas',
    'prefix',
    'mirrorAll',
    'expected',
    'sourceId',
    'local',
    'verify',
    'primaryIsLocked',
    'requiredVolumes'
  ],
  ...['signal', 'onEvent', 'temporaryFolder', 'clock', 'random']
]

/**
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_MISSING`
 * @throws SyncError `SYNC_SAME_PLACE`
 */
export function resolvePlanOptions(options: PlanSyncOptions): ResolvedPlanOptions {
  assertKnownKeys(options, PLAN_KEYS, 'planSync')
  const forAll = settingsOf(options, 'planSync')
  if (options.prefix !== undefined) assertVolumePrefix(options.prefix)
  if (!isBackend(options.primary)) throw new TypeError('primary must be a storage backend')
  const replicas = Object.entries(options.replicas).map(([id, given]): ResolvedReplica => {
    const own: ReplicaOptions = isBackend(given) ? { backend: given } : given
    if (!isBackend(own.backend))
      throw new TypeError(`The backend of the replica "${id}" is no storage backend`)
    assertKnownKeys(own, REPLICA_KEYS, `The replica "${id}"`)
    const settings = { ...DEFAULTS, ...forAll, ...settingsOf(own, `The replica "${id}"`) }
    return { id, backend: own.backend, settings, ledger: own.ledger, copyFromPrimary: own.copyFromPrimary }
  })
  if (replicas.length === 0) {
    throw new ConfigurationError('CONFIG_MISSING', 'planSync needs at least one replica')
  }
  assertApart(options.primary, replicas)
  return {
    ...options,
    mirrorAll: options.mirrorAll ?? false,
    replicas,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random
  }
}

function settingsOf(given: ReplicaSettings, where: string): Partial<ResolvedSettings> {
  const settings: Record<string, unknown> = {}
  for (const key of SETTING_KEYS) {
    const value = given[key]
    if (value === undefined) continue
    if (!SETTINGS[key](value)) {
      throw new ConfigurationError(
        'CONFIG_INVALID_VALUE',
        `${where}: ${key} cannot be ${JSON.stringify(value)}`,
        {
          context: { key, where }
        }
      )
    }
    settings[key] = value
  }
  return settings as Partial<ResolvedSettings>
}

/** Two names for one place would make a file its own copy. Only what can be told without asking the places. */
function assertApart(primary: StorageBackend, replicas: readonly ResolvedReplica[]): void {
  const seen = new Map<StorageBackend, string>([[primary, 'the primary']])
  for (const { id, backend } of replicas) {
    const other = seen.get(backend)
    if (other !== undefined) {
      throw new SyncError('SYNC_SAME_PLACE', `The replica "${id}" is ${other}; name another place`, {
        context: { replica: id }
      })
    }
    seen.set(backend, `the replica "${id}" too`)
  }
}

function isBackend(value: unknown): value is StorageBackend {
  const backend = value as Partial<StorageBackend> | null | undefined
  return typeof backend?.list === 'function' && typeof backend.put === 'function'
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0
}

function oneOf(...words: readonly string[]): (value: unknown) => boolean {
  return (value) => words.includes(value as string)
}

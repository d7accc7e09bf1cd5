import {
  assertKnownKeys,
  type BackendCredentials,
  type BackendScheme,
  type CallOptions,
  type Clock,
  ConfigurationError,
  type OperationObserver,
  type Secret,
  type StorageBackend
} from '@tercet/interface'
import type { BackupEventListener } from './backup-event.ts'
import type { Replica } from './replication/replica.ts'
import type { EncryptionOptions } from './settings/encryption-settings.ts'
import { resolveSettings } from './settings/resolve-settings.ts'
import { settingsOf } from './settings/settings-table.ts'

/** Asked for a passphrase when one is needed; undefined: there is none. */
export type PassphraseProvider = (need: {
  /** It is for a new destination, so it should be confirmed. */
  readonly isNew: boolean
}) => Promise<Secret | string | undefined> | Secret | string | undefined

/** What backup is meant, and how to work with it. Everything but `destination` may be left out. */
export interface OpenBackupOptions extends CallOptions, EncryptionOptions {
  /** A backend, or the URL or path of one. A backend is disposed with the backup, unless `keepDestinationOpen`. */
  readonly destination: StorageBackend | string
  /** @defaultValue false */
  readonly keepDestinationOpen?: boolean | undefined
  /** What URLs are understood besides `file:` and plain paths. */
  readonly backends?: readonly BackendScheme[] | undefined
  /** For a URL. */
  readonly credentials?: BackendCredentials | undefined
  /** Options of the backend, for a URL. */
  readonly backendOptions?: Readonly<Record<string, string>> | undefined
  readonly passphrase?: Secret | string | PassphraseProvider | undefined
  /** @defaultValue a file in the user's folder for data, named after the destination */
  readonly catalogPath?: string | undefined
  /** Work from the destination alone: no catalog is used nor left behind. Such a backup cannot be run. @defaultValue false */
  readonly temporaryCatalog?: boolean | undefined
  /**
   * A catalog that is damaged is refused, or gets another name and is made anew: losing one loses no data.
   * @defaultValue refuse
   */
  readonly damagedCatalog?: 'refuse' | 'set-aside' | undefined
  /** First part of the names of all volumes. @defaultValue duplicati */
  readonly prefix?: string | undefined
  /** How a new destination is encrypted; an existing one is as it is. @defaultValue aes */
  readonly encryption?: 'aes' | 'gpg' | 'none' | undefined
  /**
   * Largest block size in bytes that a destination may have which is opened without its catalog: as much memory as one
   * block takes, several times. @defaultValue 16 777 216
   */
  readonly maxBlocksize?: number | undefined
  /** Threads that read, pack and unpack; 0 does all on the calling thread. @defaultValue one for each core, at most 8 */
  readonly workers?: number | undefined
  /** Where the worker module is, for a program that was bundled into one file. */
  readonly workerUrl?: URL | undefined
  /** @defaultValue the system's folder for temporary files */
  readonly spoolFolder?: string | undefined
  /** Further attempts after a failed transfer. @defaultValue 5 */
  readonly retries?: number | undefined
  /** Pause before each further attempt. @defaultValue 10 000 */
  readonly retryDelayMs?: number | undefined
  /** Double the pause with each further attempt. @defaultValue false */
  readonly retryBackoff?: boolean | undefined
  /** Longest time in which nothing moves in a transfer; 0: no limit. @defaultValue 600 000 */
  readonly timeoutMs?: number | undefined
  /**
   * Keep a list of all volumes with their hashes at the destination, for a script there that checks them; it is written
   * anew by everything that changes volumes. @defaultValue false
   */
  readonly verificationFile?: boolean | undefined
  readonly uploadBytesPerSecond?: number | undefined
  readonly downloadBytesPerSecond?: number | undefined
  /**
   * Keep other writers out while this one writes, as far as the destination can tell who came first: see
   * `takeLease` of the layers. @defaultValue false
   */
  readonly lease?: boolean | undefined
  /** Take the lease even from somebody who holds it. @defaultValue false */
  readonly breakLease?: boolean | undefined
  /**
   * New volumes are locked for so long in the request that stores them, and each run extends the locks of all that the
   * newest version needs; where the destination has object locks. At least 5000. @defaultValue no locks
   */
  readonly lockDurationMs?: number | undefined
  /** @defaultValue that of the system */
  readonly clock?: Clock | undefined
  /** Told each storage, file and catalog step; tests count with it. */
  readonly observer?: OperationObserver | undefined
  /** Places that are kept equal to the destination after each backup. */
  readonly replicas?: readonly Replica[] | undefined
  /**
   * The same as a configuration in the form of Duplicati's `remote-sync-json-config`: JSON, the name of a file with it,
   * or an object.
   */
  readonly syncConfiguration?: string | object | undefined
  /**
   * Further copies of the destination, for reading alone: each volume comes from the first place that has it intact, the
   * destination first, then these in their order. The destination may be damaged, out of reach, or gone. A temporary
   * catalog is made, and nothing can be changed.
   */
  readonly fallbacks?: readonly Replica[] | undefined
  /** Events of making a catalog, when one is made. */
  readonly onEvent?: BackupEventListener | undefined
}

/** Options that are no settings, since they are not plain JSON. */
const PROGRAM_KEYS = [
  'destination',
  'keepDestinationOpen',
  'backends',
  'credentials',
  'backendOptions',
  'passphrase',
  'damagedCatalog',
  'workerUrl',
  'clock',
  'observer',
  'replicas',
  'fallbacks',
  'onEvent',
  'signal'
] as const satisfies readonly (keyof OpenBackupOptions)[]

const DEFAULTS = {
  prefix: 'duplicati',
  encryption: 'aes',
  temporaryCatalog: false,
  keepDestinationOpen: false,
  damagedCatalog: 'refuse',
  retries: 5,
  retryDelayMs: 10_000,
  retryBackoff: false,
  verificationFile: false,
  timeoutMs: 600_000
} as const

/** {@link OpenBackupOptions} with the defaults that do not depend on the destination. */
export type ResolvedOpenOptions = Omit<OpenBackupOptions, keyof typeof DEFAULTS> & {
  readonly [Key in keyof typeof DEFAULTS]-?: Exclude<OpenBackupOptions[Key], undefined>
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`, `CONFIG_MISSING` */
export function resolveOpenOptions(options: OpenBackupOptions): ResolvedOpenOptions {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('openBackup needs an options object')
  const settingNames = settingsOf('open').map(({ name }) => name)
  assertKnownKeys(options, [...PROGRAM_KEYS, ...settingNames], 'openBackup')
  if (options.destination === undefined)
    throw new ConfigurationError(
      'CONFIG_MISSING',
      'openBackup: "destination" is missing: a backend, a URL or a path'
    )
  if (typeof options.destination !== 'string' && typeof options.destination?.list !== 'function')
    throw new TypeError('openBackup: "destination" must be a backend, a URL or a path')
  const settings = Object.fromEntries(Object.entries(options).filter(([key]) => settingNames.includes(key)))
  resolveSettings('open', settings)
  if (options.lockDurationMs !== undefined)
    assertLockDuration(options.lockDurationMs, 'openBackup: "lockDurationMs"')
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return { ...DEFAULTS, ...given } as unknown as ResolvedOpenOptions
}

/** A shorter lock could be over before it is set. */
const LEAST_LOCK_MS = 5000

/**
 * @param what as a message names it
 * @throws ConfigurationError `CONFIG_MISSING`, `CONFIG_INVALID_VALUE`
 */
export function assertLockDuration(
  durationMs: number | undefined,
  what: string
): asserts durationMs is number {
  const context = { key: what }
  if (durationMs === undefined)
    throw new ConfigurationError('CONFIG_MISSING', `${what} is missing: for how long is to be locked?`, {
      context
    })
  if (!Number.isSafeInteger(durationMs) || durationMs < LEAST_LOCK_MS)
    throw new ConfigurationError('CONFIG_INVALID_VALUE', `${what} must be at least ${LEAST_LOCK_MS}`, {
      context
    })
}

import { assertKnownKeys, ConfigurationError } from '@tercet/interface'

export interface RcloneBackendOptions {
  /** Name of a remote of rclone's configuration, without the colon; `local` is this machine where none has that name. */
  readonly remote: string
  /** Folder or bucket and folder at the remote. @defaultValue where the remote begins */
  readonly path?: string | undefined
  /** @defaultValue rclone */
  readonly executable?: string | undefined
  /** @defaultValue where rclone looks for it */
  readonly configFile?: string | undefined
  /** Further options of rclone itself, such as `--drive-shared-with-me`. */
  readonly arguments?: readonly string[] | undefined
  /** Make the folder when it is opened. @defaultValue false */
  readonly createFolder?: boolean | undefined
  /** Requests to rclone at the same time. @defaultValue 16 */
  readonly maxConnections?: number | undefined
}

const DEFAULTS = {
  path: '',
  executable: 'rclone',
  arguments: [],
  createFolder: false,
  maxConnections: 16
} as const

/** {@link RcloneBackendOptions} with everything that has a default. */
export type ResolvedRcloneOptions = Omit<RcloneBackendOptions, keyof typeof DEFAULTS> & {
  readonly [Key in keyof typeof DEFAULTS]-?: Exclude<RcloneBackendOptions[Key], undefined>
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolveRcloneOptions(options: RcloneBackendOptions): ResolvedRcloneOptions {
  assertKnownKeys(options, [...Object.keys(DEFAULTS), 'remote', 'configFile'], 'openRcloneBackend')
  if (typeof options.remote !== 'string' || !/^[^\s:/\\,"'-][^:/\\,"']*$/.test(options.remote))
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      'openRcloneBackend: "remote" must be the name of a remote',
      {
        context: { key: 'remote', where: 'openRcloneBackend' }
      }
    )
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const resolved = { ...DEFAULTS, ...given } as unknown as ResolvedRcloneOptions
  return { ...resolved, path: resolved.path.replace(/\/+$/, '') }
}

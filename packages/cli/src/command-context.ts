import type {
  BackendCredentials,
  BackendScheme,
  Backup,
  BackupEvent,
  OpenBackupOptions,
  SettingValues
} from '@tercet/sdk'
import type { CommandSpec } from './command-spec.ts'
import type { Interruption } from './interruption.ts'
import type { CliIo } from './io.ts'
import type { OwnValues } from './own-values.ts'
import type { Reporter } from './reporter.ts'

/** What a command has to work with. */
export interface CommandContext {
  readonly io: CliIo
  readonly spec: CommandSpec
  /** The destination as it was named; undefined where the command takes none. */
  readonly url: string | undefined
  /** Arguments behind the URL, or all where the command takes none. */
  readonly arguments: readonly string[]
  readonly own: OwnValues
  /** Settings of the operation itself; those of opening are applied by {@link CommandContext.open}. */
  readonly settings: SettingValues
  readonly reporter: Reporter
  readonly interruption: Interruption
  /** What each operation gets: how to end it and whom to tell. */
  readonly calls: { readonly signal: AbortSignal; readonly onEvent: (event: BackupEvent) => void }
  /** To be called when a version is stored, before anything else is done. */
  readonly afterVersion?: (() => Promise<void>) | undefined
  /** Settings of opening, as they were given. */
  readonly openSettings: SettingValues
  /** What URLs are understood, and what is said besides them, for a command that opens a store itself. */
  readonly backends: readonly BackendScheme[]
  readonly destinationOptions: {
    readonly credentials: BackendCredentials | undefined
    readonly options: Readonly<Record<string, string>>
  }
  /** Opens the backup that the command line names. */
  open(more?: Partial<OpenBackupOptions>): Promise<Backup>
}

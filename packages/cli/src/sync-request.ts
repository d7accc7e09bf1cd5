import { readSyncConfiguration, type SyncConfiguration, syncOptionFromText } from '@tercet/sdk/policy'
import { ConfigurationError, SYNC_OPTIONS } from '@tercet/sdk/settings'
import type { CommandContext } from './command-context.ts'
import { usageOf } from './command-spec.ts'
import type { OwnValues } from './own-values.ts'

/** What a command line of `sync` asks for. */
export interface SyncRequest {
  readonly primary: string
  /** As it is handed on: text, the name of a file, or an object. */
  readonly syncConfiguration: string | object
  readonly where: string | undefined
  /** The same, understood. */
  readonly configuration: SyncConfiguration
}

/** Options of the command itself: they go with a configuration, too. */
const OF_COMMAND = ['confirm', 'dry-run', 'progress', 'parse-arguments-only', 'remote-sync-config']

/**
 * Looks at all arguments before anything is opened.
 *
 * @throws ConfigurationError `CONFIG_*`
 */
export function syncRequest({ arguments: [primary = '', ...urls], own, spec }: CommandContext): SyncRequest {
  const file = own.text('remote-sync-config')
  if (primary.trim() === '')
    throw new ConfigurationError('CONFIG_MISSING', `Name the primary: tercet ${usageOf(spec)}`)
  for (const url of urls) assertNoStrayText(url)
  if (file !== undefined) assertAlone(own, urls)
  else if (urls.length === 0)
    throw new ConfigurationError('CONFIG_MISSING', `Name at least one replica: tercet ${usageOf(spec)}`)
  const syncConfiguration = file ?? configurationOf(own, urls)
  const where = file === undefined ? 'tercet sync' : undefined
  const surroundings = { primaryUrl: primary, workingFolder: process.cwd(), where }
  const configuration = readSyncConfiguration(syncConfiguration, surroundings)
  return { primary, syncConfiguration, where, configuration }
}

/** `--flag true` is no way to write a flag: the text would become a replica. */
function assertNoStrayText(url: string): void {
  if (url.trim() === '') throw new ConfigurationError('CONFIG_INVALID_VALUE', 'A replica is empty')
  if (/^(true|false|on|off|yes|no|0|1)$/i.test(url))
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      `"${url}" is taken for a replica; a flag is written --flag=${url}, and a folder of that name ./${url}`
    )
}

function assertAlone(own: OwnValues, urls: readonly string[]): void {
  const [more] = SYNC_OPTIONS.filter(({ name }) => !OF_COMMAND.includes(name) && own.text(name) !== undefined)
  if (urls.length === 0 && more === undefined) return
  const what = more === undefined ? `the replica ${urls[0]}` : `--${more.name}`
  throw new ConfigurationError(
    'CONFIG_CONFLICT',
    `The configuration names the replicas and their options; ${what} belongs into it`
  )
}

/** One destination for each replica, each with all options. */
function configurationOf(own: OwnValues, urls: readonly string[]): object {
  const run: Record<string, unknown> = {}
  const destination: Record<string, unknown> = {}
  for (const option of SYNC_OPTIONS) {
    const [first, ...rest] = own.texts(option.name)
    if (first === undefined) continue
    const value = syncOptionFromText(option, [first, ...rest])
    if (option.name === 'src-options') run['sync-options'] = value
    else if (option.scope === 'run') run[option.name] = value
    else if (option.scope === 'destination') destination[option.name] = value
  }
  return { ...run, destinations: urls.map((url) => ({ ...destination, url })) }
}

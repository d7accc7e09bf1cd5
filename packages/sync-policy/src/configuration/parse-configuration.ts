import type { Issue } from '@tercet/interface'
import { POLICY_KEYS, parsePolicyOptions } from '../policy/parse-policy-options.ts'
import type { PolicyOptions } from '../policy/policy-options.ts'
import type { SyncConfiguration } from './configuration.ts'
import { ConfigurationObject, type MisplacedKeys } from './configuration-object.ts'
import { DECLARATION_KEYS, parseDeclaration } from './parse-declaration.ts'
import { parseDestination } from './parse-destination.ts'
import { placeDestinations, type Surroundings } from './place-destinations.ts'
import { rejected, wrongValue } from './reject.ts'
import { pairsAt, resolveRunOptions } from './resolve-options.ts'
import { syncOptionsOf } from './sync-options.ts'

/** Every key at the top of a configuration. */
export const CONFIGURATION_KEYS = [
  'destinations',
  'sync-on-warnings',
  'sync-on-partial',
  'sync-options',
  ...syncOptionsOf('run').map(({ name }) => name),
  'primary',
  'source',
  'policy',
  '$schema'
]

const MISPLACED: MisplacedKeys = Object.fromEntries(
  [
    'url',
    'mode',
    'interval',
    'schedule',
    'count',
    ...syncOptionsOf('destination').map(({ name }) => name)
  ].map((name) => [name, 'it belongs to one of the "destinations"'])
)

export interface ParseConfigurationOptions extends Surroundings {
  /** What the configuration is called in messages. @defaultValue remote-sync-config */
  readonly where?: string | undefined
}

/**
 * Checks a configuration of replication in the form that Duplicati's users write, as it comes out of `JSON.parse`.
 * Strict: one wrong key, type, duration or place refuses all of it, before anything is done.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY` (names the nearest), `CONFIG_INVALID_VALUE`, `CONFIG_MISSING`,
 * `CONFIG_CONFLICT` for two destinations at one place, in each other, or at the primary
 */
export function resolveSyncConfiguration(
  value: unknown,
  options: ParseConfigurationOptions = {}
): SyncConfiguration {
  const { where = 'remote-sync-config', ...surroundings } = options
  const object = new ConfigurationObject(value, where, CONFIGURATION_KEYS, MISPLACED)
  const issues: Issue[] = []
  const written = destinationsOf(object)
  if (written.length === 0)
    issues.push({
      code: 'SYNC_NO_DESTINATIONS',
      severity: 'warning',
      message: `${where} names no destination: nothing is replicated`
    })
  object.text('$schema')
  const primary = primaryOf(object)
  const destinations = written.map((item, index) =>
    parseDestination(item, index, `${where}.destinations[${index}]`, (issue) => issues.push(issue))
  )
  return {
    syncOnWarnings: object.boolean('sync-on-warnings') ?? true,
    syncOnPartial: object.boolean('sync-on-partial') ?? false,
    sourceOptions: pairsAt(object, 'sync-options'),
    run: resolveRunOptions(object),
    destinations: placeDestinations(destinations, where, {
      ...surroundings,
      primaryUrl: surroundings.primaryUrl ?? primary.url
    }),
    primary,
    source: { declared: parseDeclaration(part(object, 'source', DECLARATION_KEYS)) },
    policy: policyOf(object),
    issues
  }
}

function destinationsOf(object: ConfigurationObject): readonly unknown[] {
  const value = object.get('destinations')
  if (value === undefined)
    throw rejected('CONFIG_MISSING', object.where, '"destinations" is needed: a list of places')
  if (Array.isArray(value)) return value
  throw wrongValue(object.at('destinations'), value, 'a list')
}

function primaryOf(object: ConfigurationObject): SyncConfiguration['primary'] {
  const primary = part(object, 'primary', ['url', ...DECLARATION_KEYS])
  return { url: primary.text('url'), declared: parseDeclaration(primary) }
}

function policyOf(object: ConfigurationObject): PolicyOptions | undefined {
  if (object.get('policy') === undefined) return undefined
  return parsePolicyOptions(part(object, 'policy', POLICY_KEYS))
}

/** An object below the top; an empty one where there is none. */
function part(object: ConfigurationObject, name: string, known: readonly string[]): ConfigurationObject {
  return new ConfigurationObject(object.get(name) ?? {}, object.at(name), known)
}

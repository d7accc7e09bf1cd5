import { VERIFICATION_DEPTHS } from '../policy/policy-options.ts'
import type { SyncOption, SyncOptionType } from './sync-option.ts'
import { syncOptionsOf } from './sync-options.ts'

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
type Properties = Readonly<Record<string, Json>>

const DURATION =
  '^(?:(?:\\d{1,12}[smhDWMY])+|(?:\\d{1,8}\\.)?\\d{1,2}:\\d{1,2}(?::\\d{1,2}(?:\\.\\d{1,7})?)?)$'
const PAIRS: Json = { type: 'array', items: { type: 'string', pattern: '^[^=]+=' } }
const SIZE_TEXT = '^\\d{1,16}\\s*([kKmMgGtT]?[bB])$'
const WORD: Json = { type: 'string', minLength: 1 }

const PLACE: Properties = {
  medium: { description: 'Such as disk, object-storage or tape.', ...(WORD as object) },
  provider: { description: 'Who runs it.', ...(WORD as object) },
  site: { description: 'Two places with the same site are lost in the same fire.', ...(WORD as object) },
  immutable: { description: 'What is stored cannot be changed or deleted for a time.', type: 'boolean' },
  offline: { description: 'Not connected, except while it is written to.', type: 'boolean' }
}

/** The JSON Schema of a configuration of replication, with names in the usual case. */
export function syncConfigurationSchema(): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://github.com/tercet-backup/tercet/sync-configuration.schema.json',
    title: 'Replication of a backup',
    description: 'Where the volumes of a backup are copied to, when, and what is asked of the copies.',
    ...object({
      $schema: { type: 'string' },
      'sync-on-warnings': {
        description: 'Also after a backup with warnings. Default: true.',
        type: 'boolean'
      },
      'sync-on-partial': {
        description: 'Also after a backup that was stopped early. Default: false.',
        type: 'boolean'
      },
      'sync-options': {
        description: 'Options of the backend of the primary, key=value each.',
        ...(PAIRS as object)
      },
      ...optionProperties(syncOptionsOf('run')),
      destinations: { type: 'array', items: { $ref: '#/$defs/destination' } },
      primary: object({ url: { type: 'string' }, ...PLACE }),
      source: object(PLACE),
      policy: { $ref: '#/$defs/policy' }
    }),
    required: ['destinations'],
    $defs: { destination: destinationSchema(), policy: policySchema() }
  }
}

function destinationSchema(): Json {
  return object({
    url: { description: 'Where to; a blank one is skipped.', type: 'string' },
    id: {
      description: 'Under which its state is kept. Default: made from the URL.',
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'
    },
    mode: { enum: ['inline', 'interval', 'scheduled', 'counting'] },
    interval: { description: 'At most so often; digits alone are seconds.', type: 'string', minLength: 1 },
    schedule: { description: 'The same as interval.', type: 'string', pattern: DURATION },
    count: { description: 'After so many backups.', ...integer(1) },
    ...optionProperties(syncOptionsOf('destination')),
    ...PLACE,
    'sync-database-path': { description: 'Not used.', type: 'string' }
  })
}

function policySchema(): Json {
  const count = (description: string, minimum: number): Json => ({ description, ...integer(minimum) })
  const duration = (description: string): Json => ({ description, type: 'string', pattern: DURATION })
  return object({
    copies: count('Copies, the data itself included. Default: 3.', 1),
    media: count('Kinds of media. Default: 2.', 1),
    offsite: count('Copies elsewhere than the data. Default: 1.', 0),
    immutable: count('Copies that nobody can change, or that are not connected. Default: 0.', 0),
    'count-source': { description: 'The data itself is one of the copies. Default: true.', type: 'boolean' },
    'max-unverified-age': duration('Every copy was verified within this time.'),
    'verify-depth': { description: 'How deep. Default: checksum.', enum: VERIFICATION_DEPTHS },
    'max-age': duration('A copy whose newest version is older does not count.'),
    'max-behind': count('A copy that lacks more of the newest versions does not count.', 0)
  })
}

function optionProperties(options: readonly SyncOption[]): Properties {
  return Object.fromEntries(
    options.map((option) => [
      option.name,
      { description: describe(option), ...schemaOf(option.type) } as Json
    ])
  )
}

function describe({ description, default: fallback }: SyncOption): string {
  return fallback === undefined ? `${description}.` : `${description}. Default: ${fallback}.`
}

function object(properties: Properties): { readonly [key: string]: Json } {
  return { type: 'object', properties, additionalProperties: false }
}

/** Larger ones than JavaScript counts exactly are refused. */
function integer(minimum: number, maximum = Number.MAX_SAFE_INTEGER): { readonly [key: string]: Json } {
  return { type: 'integer', minimum, maximum }
}

function schemaOf(type: SyncOptionType): { readonly [key: string]: Json } {
  switch (type.kind) {
    case 'boolean':
      return { type: 'boolean' }
    case 'integer':
      return integer(type.minimum, type.maximum)
    case 'milliseconds':
      return integer(0)
    case 'choice':
      return { enum: type.choices }
    case 'contents':
      return { enum: [true, false, 'listing', 'checksum', 'download'] }
    case 'duration':
      return { type: 'string', pattern: DURATION }
    case 'size':
      return {
        oneOf: [integer(type.minimum), { type: 'string', pattern: SIZE_TEXT }]
      }
    case 'share':
      return {
        oneOf: [
          integer(1),
          { type: 'string', pattern: SIZE_TEXT },
          { type: 'string', pattern: '^\\d{1,3}(\\.\\d{1,6})?%$' }
        ]
      }
    case 'pairs':
      return PAIRS as { readonly [key: string]: Json }
    case 'text':
    case 'path':
      return { type: 'string', minLength: 1 }
  }
}

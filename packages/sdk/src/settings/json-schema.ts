import type { JsonValue, Setting, SettingOperation, SettingType } from './setting.ts'
import { settingsOf } from './settings-table.ts'

const OPERATIONS: readonly SettingOperation[] = [
  'open',
  'backup',
  'delete',
  'compact',
  'purge',
  'purgeBroken',
  'repair',
  'restore',
  'browse',
  'locks',
  'compare',
  'verify',
  'testFilters',
  'sync',
  'watch'
]

/** The JSON Schema of settings: one definition for each operation, and an object that may have one of each. */
export function settingsSchema(): JsonValue {
  const definitions: Record<string, JsonValue> = {}
  const properties: Record<string, JsonValue> = {}
  for (const operation of OPERATIONS) {
    const settings = settingsOf(operation)
    if (settings.length === 0) continue
    definitions[operation] = objectOf(settings)
    properties[operation] = { $ref: `#/$defs/${operation}` }
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://github.com/tercet-backup/tercet/settings.schema.json',
    title: 'Settings of Tercet',
    description:
      'What each operation can be told, as plain JSON. Secrets and functions are given separately.',
    type: 'object',
    properties,
    additionalProperties: false,
    $defs: definitions
  }
}

function objectOf(settings: readonly Setting[]): JsonValue {
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      settings.map((setting) => [
        setting.name,
        { description: describe(setting), ...schemaOf(setting.type) } as JsonValue
      ])
    )
  }
}

function describe(setting: Setting): string {
  return setting.default === undefined
    ? `${setting.description}.`
    : `${setting.description}. Default: ${setting.default}.`
}

const TEXTS = { type: 'array', items: { type: 'string', minLength: 1 } } as const

const LIST_FILE = {
  type: 'object',
  properties: { listFile: { type: 'string', minLength: 1 } },
  required: ['listFile'],
  additionalProperties: false
} as const

function schemaOf(type: SettingType): { readonly [key: string]: JsonValue } {
  switch (type.kind) {
    case 'boolean':
      return { type: 'boolean' }
    case 'integer':
    case 'size':
      return whole(type.minimum, type.maximum)
    case 'versions':
      return { type: 'array', items: whole(0), minItems: 1 }
    case 'share':
      return { type: 'number', minimum: 0, maximum: 1 }
    case 'percent':
      return { type: 'number', minimum: 0, maximum: 100 }
    case 'samples':
      return { oneOf: [whole(0), { const: 'all' }] }
    case 'duration':
      return whole(0)
    case 'choice':
      return { enum: type.choices }
    case 'list':
    case 'paths':
      return TEXTS
    case 'path-list':
      return { oneOf: [TEXTS, LIST_FILE] }
    case 'filters':
      return { type: 'array', items: { type: 'string', pattern: '^[+-][\\s\\S]' } }
    case 'compression':
      return {
        oneOf: [
          codec('zstd', 22),
          codec('deflate', 9),
          codec('tgz', 9),
          codec('tzstd', 22),
          codec('none', undefined)
        ]
      }
    case 'configuration':
      return { oneOf: [{ type: 'string', minLength: 1 }, { type: 'object' }] }
    case 'time':
    case 'text':
    case 'path':
      return { type: 'string', minLength: 1 }
  }
}

/** Larger numbers than that are not whole in JavaScript. */
function whole(minimum: number, maximum = Number.MAX_SAFE_INTEGER) {
  return { type: 'integer', minimum, maximum } as const
}

function codec(method: string, highest: number | undefined): JsonValue {
  return {
    type: 'object',
    properties: {
      method: { const: method },
      ...(highest === undefined ? {} : { level: { type: 'integer', minimum: 1, maximum: highest } })
    },
    required: ['method'],
    additionalProperties: false
  }
}

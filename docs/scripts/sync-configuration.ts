import { syncConfigurationSchema } from '@tercet/sync-policy'

interface Property {
  readonly description?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly oneOf?: readonly Property[]
  readonly items?: Property
  readonly properties?: Readonly<Record<string, Property>>
  readonly $ref?: string
}

interface Schema extends Property {
  readonly $defs: { readonly destination: Property; readonly policy: Property }
}

/** docs/reference/sync-configuration.md */
export function syncConfigurationReference(): string {
  const schema = syncConfigurationSchema() as unknown as Schema
  const { $schema: _, destinations: __, policy: ___, ...top } = schema.properties ?? {}
  return `# Configuration of replication

Made from the schema by \`npm run reference\`. Do not edit.

What \`--remote-sync-config\` takes, as JSON or as the name of a file with it; \`--remote-sync-json-config\` is the name that
Duplicati gives it. Names are compared without regard to case. A key that is not known, a value of a wrong type, or two
destinations at one place refuse the whole configuration before anything is done. The schema is published as
\`sync-configuration.schema.json\` of \`@tercet/sync-policy\`.

Durations are \`7D\`, \`1h30m\` (\`s m h D W M Y\`; \`m\` is a minute, \`M\` a month) or \`7.00:00:00\`; sizes are bytes, or
texts with \`b kb mb gb tb\` (powers of 1024).

## At the top

\`destinations\`, a list of [destinations](#a-destination), is needed.

${table(top)}

## A destination

${table(schema.$defs.destination.properties ?? {})}

## policy

What copies are held to by \`tercet policy check\`.

${table(schema.$defs.policy.properties ?? {})}
`
}

function table(properties: Readonly<Record<string, Property>>): string {
  const rows = Object.entries(properties).flatMap(([name, property]) => rowsOf(name, property))
  return ['| Key | Value | Meaning |', '|---|---|---|', ...rows].join('\n')
}

function rowsOf(name: string, property: Property): string[] {
  if (property.properties !== undefined)
    return Object.entries(property.properties).flatMap(([key, inner]) => rowsOf(`${name}.${key}`, inner))
  const meaning = (property.description ?? '').replaceAll('|', '\\|')
  return [`| \`${name}\` | ${typeOf(property).replaceAll('|', '\\|')} | ${meaning} |`]
}

function typeOf({ type, enum: values, oneOf, items }: Property): string {
  if (values !== undefined) return values.map((value) => `\`${JSON.stringify(value)}\``).join(', ')
  if (oneOf !== undefined) return [...new Set(oneOf.map(typeOf))].join(' or ')
  if (type === 'array') return `list of ${typeOf(items ?? {})}`
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    boolean: 'true or false',
    integer: 'whole number',
    object: 'object'
  }
  return names[type ?? ''] ?? 'object'
}

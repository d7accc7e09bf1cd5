import { type JsonValue, settingsSchema } from '@tercet/sdk/settings'
import { RETENTION_KEYS } from './job.ts'

type Schema = { readonly [key: string]: JsonValue }

const TEXT: Schema = { type: 'string' }
const TEXTS: Schema = { type: 'array', items: { type: 'string', minLength: 1 } }
const FLAG: Schema = { type: 'boolean' }
const COUNT: Schema = { type: 'integer', minimum: 0 }

const RULES: Schema = {
  levels: { type: 'array', items: { enum: ['Success', 'Warning', 'Error', 'Fatal'] } },
  anyOperation: FLAG,
  maxLogLines: { type: 'integer' },
  allowPaths: FLAG,
  retries: COUNT,
  retryDelayMs: COUNT,
  timeoutMs: COUNT
}

/** The JSON Schema of a file of jobs. */
export function jobsSchema(): JsonValue {
  const { $defs } = settingsSchema() as { readonly $defs: Readonly<Record<string, Schema>> }
  const { open = {}, backup = {}, watch = {} } = $defs
  const all = (backup['properties'] ?? {}) as Schema
  const pick = (wanted: (name: string) => boolean): Schema =>
    closed(Object.fromEntries(Object.entries(all).filter(([name]) => wanted(name))))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://github.com/tercet-backup/tercet/jobs.schema.json',
    title: 'Jobs of Tercet',
    ...closed(
      {
        $schema: TEXT,
        secretProvider: { ...TEXT, description: 'env:, file-secret:///path or command:program' },
        reports: { $ref: '#/$defs/reports' },
        jobs: {
          type: 'object',
          propertyNames: { pattern: '^\\w[\\w .-]*$' },
          additionalProperties: { $ref: '#/$defs/job' }
        }
      },
      ['jobs']
    ),
    $defs: {
      open,
      watch,
      backup: pick((name) => !RETENTION_KEYS.includes(name)),
      retention: pick((name) => RETENTION_KEYS.includes(name)),
      schedule: closed(
        {
          every: {
            ...TEXT,
            minLength: 1,
            description: 'every day at 3:00, every 3rd Monday at 15:00, or a cron expression'
          },
          timezone: TEXT,
          allowedDays: { ...TEXTS, minItems: 1 },
          onlyWhenIdle: FLAG,
          onlyOnMains: FLAG
        },
        ['every']
      ),
      scripts: closed({
        beforeRequired: TEXT,
        before: TEXT,
        postBackup: TEXT,
        after: TEXT,
        timeoutMs: COUNT,
        withArguments: FLAG
      }),
      reports: closed({
        http: closed({
          ...RULES,
          jsonUrls: TEXTS,
          formUrls: TEXTS,
          verb: TEXT,
          message: TEXT,
          messageParameterName: TEXT,
          extra: { type: 'object', additionalProperties: TEXT }
        }),
        mail: closed(
          {
            ...RULES,
            to: TEXTS,
            urls: TEXTS,
            from: TEXT,
            username: TEXT,
            password: TEXT,
            subject: TEXT,
            body: TEXT,
            format: { enum: ['Duplicati', 'Json'] }
          },
          ['to', 'urls']
        )
      }),
      job: closed(
        {
          sources: { ...TEXTS, minItems: 1 },
          destination: { ...TEXT, minLength: 1 },
          destinationOptions: { type: 'object', additionalProperties: TEXT },
          username: TEXT,
          password: TEXT,
          passphrase: { ...TEXT, description: 'Better the name of a secret: $name' },
          open: { $ref: '#/$defs/open' },
          backup: { $ref: '#/$defs/backup' },
          retention: { $ref: '#/$defs/retention' },
          watch: { $ref: '#/$defs/watch' },
          replicas: { type: 'object' },
          schedule: { $ref: '#/$defs/schedule' },
          scripts: { $ref: '#/$defs/scripts' },
          reports: { $ref: '#/$defs/reports' }
        },
        ['sources', 'destination']
      )
    }
  }
}

function closed(properties: Schema, required: readonly string[] = []): Schema {
  return {
    type: 'object',
    properties,
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required })
  }
}

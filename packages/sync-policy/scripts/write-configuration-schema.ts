// Writes sync-configuration.schema.json from the tables of options.
import { writeFileSync } from 'node:fs'
import { syncConfigurationSchema } from '../src/configuration/configuration-schema.ts'

writeFileSync(
  new URL('../sync-configuration.schema.json', import.meta.url),
  `${JSON.stringify(syncConfigurationSchema(), null, 2)}\n`
)

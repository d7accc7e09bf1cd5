// Writes settings.schema.json from the table of settings; with --check it fails when the file is not current.
import { readFileSync, writeFileSync } from 'node:fs'
import { settingsSchema } from '../src/settings/json-schema.ts'

const path = new URL('../settings.schema.json', import.meta.url)
const text = `${JSON.stringify(settingsSchema(), null, 2)}\n`
if (!process.argv.includes('--check')) writeFileSync(path, text)
else if (readFileSync(path, 'utf8') !== text) {
  console.error('settings.schema.json is not current: run npm run schema -w packages/sdk')
  process.exitCode = 1
}

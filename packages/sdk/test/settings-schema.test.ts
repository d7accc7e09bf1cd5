import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { settingsSchema } from '../src/settings/json-schema.ts'
import { SETTINGS } from '../src/settings/settings-table.ts'

test('the published schema is current and has every setting', () => {
  const file = new URL('../settings.schema.json', import.meta.url)
  const published = JSON.parse(readFileSync(file, 'utf8'))
  expect(published, 'run npm run schema -w packages/sdk').toEqual(settingsSchema())
  for (const { name, operations } of SETTINGS)
    for (const operation of operations)
      expect(published.$defs[operation].properties, `${operation}.${name}`).toHaveProperty(name)
  for (const definition of Object.values<{ additionalProperties: boolean }>(published.$defs))
    expect(definition.additionalProperties).toBe(false)
})

import { readFileSync } from 'node:fs'
import { syncOptionsOf } from '@tercet/sync-policy'
import { expect, test } from 'vitest'
import { syncConfigurationReference } from '../scripts/sync-configuration.ts'

test('the reference of the configuration names every option, and the file is current', () => {
  const text = syncConfigurationReference()
  for (const { name } of [...syncOptionsOf('destination'), ...syncOptionsOf('run')])
    expect(text).toContain(`\n| \`${name}\` | `)
  const file = new URL('../reference/sync-configuration.md', import.meta.url)
  expect(readFileSync(file, 'utf8'), 'run npm run reference').toBe(text)
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { knownOptionsOf } from '../src/command-line.ts'
import { COMMANDS } from '../src/commands.ts'
import { optionsReference } from '../src/options-reference.ts'

test('the reference names every command and option, and the file in the documentation is current', () => {
  const text = optionsReference(COMMANDS)
  for (const spec of COMMANDS) {
    expect(text).toContain(`\n## ${[spec.name, spec.action ?? ''].join(' ').trimEnd()}\n`)
    for (const { option } of knownOptionsOf(spec))
      if (option !== 'help' && option !== 'all') expect(text).toMatch(new RegExp(`\`--${option}[[=\`]`))
  }
  const file = new URL('../../../docs/reference/options.md', import.meta.url)
  expect(readFileSync(file, 'utf8'), 'run npm run reference -w packages/cli').toBe(text)
})

// Writes docs/reference/options.md from the commands and settings; with --check it fails when the file is not current.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { COMMANDS } from '../src/commands.ts'
import { optionsReference } from '../src/options-reference.ts'

const path = new URL('../../../docs/reference/options.md', import.meta.url)
const text = optionsReference(COMMANDS)
if (!process.argv.includes('--check')) {
  mkdirSync(new URL('.', path), { recursive: true })
  writeFileSync(path, text)
} else if (readFileSync(path, 'utf8') !== text) {
  console.error('docs/reference/options.md is not current: run npm run reference -w packages/cli')
  process.exitCode = 1
}

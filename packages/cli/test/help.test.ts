import { settingsOf } from '@tercet/sdk/settings'
import { describe, expect, test } from 'vitest'
import { main } from '../src/cli.ts'
import { knownOptionsOf } from '../src/command-line.ts'
import { COMMANDS } from '../src/commands.ts'
import { commandHelp, programHelp } from '../src/help.ts'
import { FakeIo } from './support/fake-io.ts'

const ROWS = 24
const COLUMNS = 80

function widthOf(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length))
}

describe('help', () => {
  test.each(COMMANDS.map((spec) => [spec.name, spec] as const))('of %s fits a screen', (_name, spec) => {
    const text = commandHelp(spec, false)
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(ROWS)
    expect(widthOf(text)).toBeLessThanOrEqual(COLUMNS)
    expect(widthOf(commandHelp(spec, true))).toBeLessThanOrEqual(COLUMNS)
  })
  test('of the program fits a screen and names every command', () => {
    const text = programHelp(COMMANDS)
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(ROWS)
    expect(widthOf(text)).toBeLessThanOrEqual(COLUMNS)
    for (const { name } of COMMANDS) expect(text).toMatch(new RegExp(`(^|\\s)${name}[ ,.\\n]`))
  })
  test('with --all names every option that matters to the command', () => {
    for (const spec of COMMANDS) {
      const text = commandHelp(spec, true)
      const left = settingsOf(...spec.operations)
        .filter(
          ({ mattersTo = spec.operations }) =>
            ![mattersTo].flat().some((one) => spec.operations.includes(one))
        )
        .flatMap(({ options }) => options.map(({ option }) => option))
      for (const option of left) expect(text, spec.name).not.toMatch(new RegExp(`--${option}[= \n]`))
      for (const { option } of knownOptionsOf(spec))
        if (!['help', 'all', ...left].includes(option))
          expect(text, spec.name).toMatch(new RegExp(`--${option}[[,= \\n]`))
    }
  })
  test.each([
    [['help', 'backup']],
    [['backup', '--help']],
    [['--help', 'backup']],
    [['-h', 'backup']],
    [['backup', 'd', '-h']],
    [['backup', '/s', '-h', '--', '-x']]
  ])('%j', async (argv) => {
    const io = new FakeIo()
    expect(await main(argv, io)).toBe(0)
    expect(io.stdout.text).toBe(commandHelp(COMMANDS[0]!, false))
    expect(io.stderr.text).toBe('')
  })
  test('everything', async () => {
    const io = new FakeIo()
    expect(await main(['help', 'backup', '--all'], io)).toBe(0)
    expect(io.stdout.text).toBe(commandHelp(COMMANDS[0]!, true))
  })
  test('of a command that does not exist', async () => {
    const io = new FakeIo()
    expect(await main(['help', 'restoer'], io)).toBe(200)
    expect(io.stderr.text).toContain('did you mean "restore"?')
  })
  test('without a command: the list, as wrong usage', async () => {
    const io = new FakeIo()
    expect(await main([], io)).toBe(200)
    expect(io.stdout.text).toBe(programHelp(COMMANDS))
  })
})

test('--version alone is the version of the program', async () => {
  const io = new FakeIo()
  expect(await main(['--version'], io)).toBe(0)
  expect(io.stdout.text).toMatch(/^\d+\.\d+\.\d+\S*\n$/)
})

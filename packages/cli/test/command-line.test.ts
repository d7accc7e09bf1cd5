import { describe, expect, test } from 'vitest'
import { knownOptionsOf, parseCommandLine } from '../src/command-line.ts'
import { COMMANDS } from '../src/commands.ts'

const parse = (...argv: string[]) => parseCommandLine(argv, COMMANDS)
const code = (expected: string, message: RegExp) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) })

describe('a command line', () => {
  test('keeps options of all kinds in their order', () => {
    const line = parse(
      'backup',
      'file:///d',
      '--exclude=a',
      '/src',
      '--include=b',
      '--dry-run',
      '--exclude=c',
      '/other'
    )
    expect(line.spec.name).toBe('backup')
    expect(line.arguments).toEqual(['file:///d', '/src', '/other'])
    expect(line.given).toEqual([
      { option: 'exclude', text: 'a' },
      { option: 'include', text: 'b' },
      { option: 'dry-run', text: 'true' },
      { option: 'exclude', text: 'c' }
    ])
  })
  test('a flag never takes the argument behind it', () => {
    const line = parse('backup', '--no-encryption', 'file:///d', '--skip-metadata', '/src')
    expect(line.arguments).toEqual(['file:///d', '/src'])
    expect(line.given).toEqual([
      { option: 'no-encryption', text: 'true' },
      { option: 'skip-metadata', text: 'true' }
    ])
  })
  test('a flag may say that it is off', () => {
    expect(parse('backup', 'd', '/s', '--dry-run=false').given).toEqual([
      { option: 'dry-run', text: 'false' }
    ])
  })
  test('a text may hold equal signs, be empty, or stand apart', () => {
    expect(
      parse('backup', 'd', '/s', '--exclude=a=b', '--ignore-filenames=', '--dbpath', '/x').given
    ).toEqual([
      { option: 'exclude', text: 'a=b' },
      { option: 'ignore-filenames', text: '' },
      { option: 'dbpath', text: '/x' }
    ])
  })
  test('what follows -- is no option', () => {
    expect(parse('backup', 'd', '--', '--dry-run', '-x').arguments).toEqual(['d', '--dry-run', '-x'])
  })
  test('--version behind a command is a version of the backup', () => {
    expect(parse('restore', 'd', '--version=3').given).toEqual([{ option: 'version', text: '3' }])
  })
  test('aliases', () => expect(parse('verify', 'd', 'all').spec.name).toBe('test'))

  test.each([
    [['backup', 'd', '/s', '--dblok-size=50mb'], /--dblok-size.*did you mean --dblock-size\?/],
    [['restore', 'd', '--restor-path=/x'], /did you mean --restore-path\?/],
    [['backup', 'd', '/s', '--dry-rnu'], /did you mean --dry-run\?/],
    [['list', 'd', '--exclude=x'], /--exclude/],
    [['backup', 'd', '/s', '-x'], /no option -x; .*Put "--" before arguments that begin with a hyphen/],
    [['backup', 'd', '/s', '--frobnicate'], /--frobnicate here; "tercet help backup --all" lists them/],
    [['bakcup', 'd'], /no command "bakcup"; did you mean "backup"\?/],
    [['frobnicate'], /no command "frobnicate"; "tercet help" lists them/]
  ])('%j is refused, naming the nearest', (argv, message) => {
    expect(() => parse(...argv)).toThrow(code('CONFIG_UNKNOWN_KEY', message))
  })
  test('too many arguments, and an option without its text', () => {
    expect(() => parse('repair', 'd', 'e')).toThrow(
      code('CONFIG_INVALID_VALUE', /^More arguments than the command takes: tercet repair <url>$/)
    )
    expect(() => parse('restore', 'd', '--restore-path')).toThrow(
      code('CONFIG_INVALID_VALUE', /^--restore-path needs a value: --restore-path=<value>$/)
    )
  })
  test('a value that looks like a flag is a value', () => {
    expect(parse('restore', 'd', '--exclude', '-h', '--include', '--overwrite').given).toEqual([
      { option: 'exclude', text: '-h' },
      { option: 'include', text: '--overwrite' }
    ])
  })
})

test('names of options are unique within each command', () => {
  for (const spec of COMMANDS) {
    const names = knownOptionsOf(spec).map(({ option }) => option)
    expect(new Set(names).size, spec.name).toBe(names.length)
  }
})

import { describe, expect, test } from 'vitest'
import { expandVariables } from '../src/expand-variables.ts'
import { mergeParameters, parseParameters, readParameters } from '../src/parameters-file.ts'

const environment = { HOME: '/home/ada', EMPTY: '' }
const parse = (text: string) => parseParameters(text, 'job.txt', environment)

describe('a file of parameters', () => {
  test('has one option a line; its pseudo options stand for arguments and filters', () => {
    const parameters = parse(
      [
        '\ufeff--target=file:///mnt/usb',
        '--source=$HOME/docs:/etc',
        '# a comment',
        '',
        '--dblock-size=100mb\r',
        '--no-encryption',
        '--prepend-filter=+*.keep:-*.tmp',
        '--append-filter=-\u0024{HOME}/cache/'
      ].join('\n')
    )
    expect(parameters).toEqual({
      target: 'file:///mnt/usb',
      sources: ['/home/ada/docs', '/etc'],
      options: [
        { option: 'dblock-size', text: '100mb' },
        { option: 'no-encryption', text: undefined }
      ],
      prepended: [
        { option: 'include', text: '*.keep' },
        { option: 'exclude', text: '*.tmp' }
      ],
      appended: [{ option: 'exclude', text: '/home/ada/cache/' }],
      replaced: undefined
    })
  })
  test('wins over the command line, and puts its filters around or in place of those there', () => {
    const given = [
      { option: 'exclude', text: 'b' },
      { option: 'dblock-size', text: '1mb' },
      { option: 'dry-run', text: 'true' }
    ]
    const around = parse('--dblock-size=2mb\n--prepend-filter=+a\n--append-filter=-c')
    expect(mergeParameters(given, around)).toEqual([
      { option: 'dry-run', text: 'true' },
      { option: 'dblock-size', text: '2mb' },
      { option: 'include', text: 'a' },
      { option: 'exclude', text: 'b' },
      { option: 'exclude', text: 'c' }
    ])
    expect(
      mergeParameters(given, parse('--replace-filter=-z')).filter(({ option }) => option === 'exclude')
    ).toEqual([{ option: 'exclude', text: 'z' }])
  })
  test('filters in both places are refused', () => {
    expect(() => mergeParameters([{ option: 'include', text: 'a' }], parse('--exclude=b'))).toThrow(
      expect.objectContaining({ code: 'CONFIG_CONFLICT' })
    )
  })
  test('a line that is no option is named by its number, and not shown: it may be a secret', () => {
    const attempt = () => parse('--dry-run\nhunter2')
    expect(attempt).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID_VALUE' }))
    expect(attempt).toThrow('job.txt, line 2')
    expect(attempt).not.toThrow('hunter2')
    expect(() => parse('--append-filter=*.tmp')).toThrow('must begin with "+" or "-"')
  })
  test('one that cannot be read is named', () => {
    expect(() => readParameters('/nowhere/job.txt', {})).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID_VALUE',
        message: expect.stringContaining('/nowhere/job.txt cannot be read (ENOENT)')
      })
    )
  })
})

describe('variables', () => {
  test.each([
    ['$HOME/x', '/home/ada/x'],
    ['\u0024{HOME}x', '/home/adax'],
    ['%HOME%/x', '/home/ada/x'],
    ['a$EMPTY.b', 'a.b'],
    ['$UNDEFINED/\u0024{NONE}/%NONE%', '$UNDEFINED/\u0024{NONE}/%NONE%'],
    ['$__proto__ 5$', '$__proto__ 5$']
  ])('%s', (text, expanded) => expect(expandVariables(text, environment, 'linux')).toBe(expanded))
  test('on Windows only with percent signs', () => {
    expect(expandVariables('%HOME% $HOME', environment, 'win32')).toBe('/home/ada $HOME')
  })
})

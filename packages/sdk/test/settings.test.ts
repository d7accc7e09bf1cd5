import { describe, expect, test } from 'vitest'
import { resolveSettings } from '../src/settings/resolve-settings.ts'
import { settingsFromOptions } from '../src/settings/settings-from-options.ts'
import { SETTINGS } from '../src/settings/settings-table.ts'

/** `--name=text` as it is written. */
const options = (...texts: string[]) =>
  texts.map((text) => {
    const [, option = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(text) ?? []
    return { option, text: value }
  })
const backup = (...texts: string[]) => settingsFromOptions(['open', 'backup'], options(...texts))
const restore = (...texts: string[]) => settingsFromOptions(['open', 'restore'], options(...texts))

describe('the table', () => {
  test('has each name once for an operation', () => {
    const seen = SETTINGS.flatMap(({ name, operations }) =>
      operations.map((operation) => `${operation}.${name}`)
    )
    expect(new Set(seen).size).toBe(seen.length)
  })
  test('has each option once for an operation and together with opening', () => {
    for (const operation of ['backup', 'restore', 'browse', 'compare', 'verify'] as const) {
      const spelled = SETTINGS.filter(
        ({ operations }) => operations.includes(operation) || operations.includes('open')
      )
        .flatMap(({ options }) => options)
        .map(({ option }) => option)
      expect(new Set(spelled).size, operation).toBe(spelled.length)
    }
  })
  test('uses camelCase and kebab-case, and describes everything in one line', () => {
    for (const { name, options, description } of SETTINGS) {
      expect(name).toMatch(/^[a-z][A-Za-z]*$/)
      expect(options.length).toBeGreaterThan(0)
      for (const spelling of options) expect(spelling.option).toMatch(/^[a-z]+(-[a-z0-9]+)*$/)
      expect(description).toMatch(/^[A-Z].*[^.]$/)
    }
  })
})

describe('options become settings', () => {
  test('filters keep their order across both options', () => {
    expect(backup('--exclude=*.tmp', '--include=*/keep/', '--exclude=*')).toEqual({
      filters: ['-*.tmp', '+*/keep/', '-*']
    })
  })
  test('flags stand for values', () => {
    expect(backup('--no-encryption', '--skip-metadata', '--check-filetime-only', '--dry-run')).toEqual({
      encryption: 'none',
      storeMetadata: false,
      changeDetection: 'time-only',
      dryRun: true
    })
    expect(backup('--skip-metadata=false', '--allow-missing-source=no')).toEqual({ storeMetadata: true })
    expect(restore('--overwrite')).toEqual({ overwrite: 'overwrite' })
  })
  test('sizes and durations become bytes and milliseconds', () => {
    expect(backup('--dblock-size=100', '--blocksize=100', '--retry-delay=1m')).toEqual({
      volumeSizeBytes: 100 * 1024 ** 2,
      blockSizeBytes: 100 * 1024,
      retryDelayMs: 60_000
    })
  })
  test("Duplicati's zip options mean what they mean there", () => {
    expect(backup('--zip-compression-level=1')).toEqual({ compression: { method: 'none' } })
    expect(backup('--zip-compression-level=5')).toEqual({ compression: { method: 'deflate', level: 5 } })
    expect(backup('--zip-compression-method=ZStandard', '--zip-compression-level=3')).toEqual({
      compression: { method: 'zstd', level: 7 }
    })
  })
  test('lists grow with each use', () => {
    expect(backup('--changed-files=/a', '--changed-files=/b')).toEqual({ changedFiles: ['/a', '/b'] })
  })
  test('a list may be in a file', () => {
    expect(backup('--changed-files-from=/list', '--deleted-files=/a')).toEqual({
      changedFiles: { listFile: '/list' },
      deletedFiles: ['/a']
    })
  })
})

describe('what is wrong is refused', () => {
  const code = (expected: string, message?: RegExp) =>
    expect.objectContaining({
      code: expected,
      ...(message === undefined ? {} : { message: expect.stringMatching(message) })
    })

  test('an unknown option names the nearest', () => {
    expect(() => backup('--dblok-size=50mb')).toThrow(
      code('CONFIG_UNKNOWN_KEY', /--dblok-size here; did you mean --dblock-size\?/)
    )
    expect(() => backup('--restore-path=/x')).toThrow(code('CONFIG_UNKNOWN_KEY'))
  })
  test('an unknown key of JSON names the nearest', () => {
    expect(() => resolveSettings('backup', { volumSizeBytes: 1 })).toThrow(
      code('CONFIG_UNKNOWN_KEY', /volumeSizeBytes/)
    )
    expect(() => resolveSettings('backup', [])).toThrow(code('CONFIG_INVALID_VALUE'))
    expect(() => resolveSettings('backup', JSON.parse('{"__proto__": 1}'))).toThrow(
      code('CONFIG_UNKNOWN_KEY')
    )
  })
  test('a wrong type or range of JSON', () => {
    for (const values of [
      { dryRun: 'true' },
      { volumeSizeBytes: '50mb' },
      { volumeSizeBytes: 1 },
      { blockSizeBytes: 1024.5 },
      { uploadConcurrency: 0 },
      { filters: ['no sign'] },
      { compression: { method: 'zstd', level: 99 } },
      { compression: { method: 'zstd', levle: 1 } },
      { symlinkPolicy: 'Store' },
      { changedFiles: [''] },
      { changedFiles: { listFile: '' } },
      { changedFiles: { listFile: '/list', more: 1 } }
    ])
      expect(() => resolveSettings('backup', values), JSON.stringify(values)).toThrow(
        code('CONFIG_INVALID_VALUE')
      )
  })
  test('what is right passes as it is', () => {
    const values = {
      filters: ['-*.tmp'],
      changedFiles: { listFile: '/list' },
      compression: { method: 'zstd', level: 3 },
      dryRun: false
    }
    expect(resolveSettings('backup', values)).toEqual(values)
  })
  test('odd text of a flag', () => {
    expect(() => backup('--dry-run=maybe')).toThrow(code('CONFIG_INVALID_VALUE', /--dry-run/))
  })
  test('options that contradict each other', () => {
    expect(() => backup('--allow-missing-source', '--abort-if-source-missing')).toThrow(
      code('CONFIG_CONFLICT', /--allow-missing-source and --abort-if-source-missing/)
    )
    expect(() => backup('--dblock-size=50mb', '--dblock-size=60mb')).toThrow(code('CONFIG_CONFLICT', /twice/))
    expect(() => restore('--version=1', '--time=2024-05-01')).toThrow(
      code('CONFIG_CONFLICT', /--version or --time/)
    )
    expect(() => backup('--dblock-size=1mb', '--blocksize=1mb')).toThrow(code('CONFIG_CONFLICT', /twice/))
    expect(() => backup('--deleted-files=/a')).toThrow(code('CONFIG_CONFLICT', /--changed-files/))
    expect(() => backup('--prefix=a-b')).toThrow(code('CONFIG_CONFLICT', /hyphen/))
    expect(() => backup('--compression=none', '--zip-compression-level=9')).toThrow(code('CONFIG_CONFLICT'))
    expect(() => backup('--changed-files=/a', '--changed-files-from=/list')).toThrow(
      code('CONFIG_CONFLICT', /--changed-files and --changed-files-from/)
    )
    expect(() => backup('--changed-files-from=')).toThrow(
      code('CONFIG_INVALID_VALUE', /--changed-files-from/)
    )
    expect(() => backup('--no-local-db', '--dbpath=/x')).toThrow(code('CONFIG_CONFLICT'))
  })
  test('the same twice is no contradiction', () => {
    expect(backup('--dblock-size=50mb', '--remote-volume-size=50mb')).toEqual({
      volumeSizeBytes: 50 * 1024 ** 2
    })
  })
})

import { describe, expect, it } from 'vitest'
import { type BackupOptions, resolveBackupOptions } from '../../src/backup/backup-options.ts'

const code = (options: unknown): string | undefined => {
  try {
    resolveBackupOptions(options as BackupOptions)
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  }
}

describe('resolveBackupOptions', () => {
  it('fills in the defaults that do not depend on the destination', () => {
    const resolved = resolveBackupOptions({ sources: ['/a'] })
    expect(resolved).toMatchObject({
      sources: ['/a'],
      filters: [],
      symlinkPolicy: 'store',
      hardlinkPolicy: 'all',
      ignoreFilenames: ['CACHEDIR.TAG'],
      changeDetection: 'full',
      missingSources: 'carry-over',
      indexPolicy: 'full',
      uploadConcurrency: 4,
      retries: 5,
      retryDelayMs: 10_000,
      dryRun: false,
      verifyListing: true
    })
    expect(resolved.blockSizeBytes).toBeUndefined()
    expect(resolved.prefix).toBeUndefined()
  })

  it('keeps the order of rules: filters, then includes, then excludes', () => {
    const resolved = resolveBackupOptions({
      sources: ['/a'],
      filters: ['-*.o', '+*.c'],
      include: ['x'],
      exclude: ['y']
    })
    expect(resolved.filters).toEqual(['-*.o', '+*.c', '+x', '-y'])
  })

  it.each<[string, unknown, string]>([
    ['an unknown key', { sources: ['/a'], blocksize: 1024 }, 'CONFIG_UNKNOWN_KEY'],
    ['no source', { sources: [] }, 'CONFIG_MISSING'],
    ['a source that is no text', { sources: [1] }, 'CONFIG_INVALID_VALUE'],
    ['a flag that is no boolean', { sources: ['/a'], dryRun: 'yes' }, 'CONFIG_INVALID_VALUE'],
    ['an unknown policy', { sources: ['/a'], symlinkPolicy: 'Store' }, 'CONFIG_INVALID_VALUE'],
    ['a block size below the least', { sources: ['/a'], blockSizeBytes: 1023 }, 'CONFIG_INVALID_VALUE'],
    ['no upload at a time', { sources: ['/a'], uploadConcurrency: 0 }, 'CONFIG_INVALID_VALUE'],
    ['a prefix with a hyphen', { sources: ['/a'], prefix: 'a-b' }, 'CONFIG_CONFLICT'],
    ['deleted files alone', { sources: ['/a'], deletedFiles: ['/a/b'] }, 'CONFIG_CONFLICT'],
    ['a rule without a sign', { sources: ['/a'], filters: ['*.o'] }, 'CONFIG_INVALID_VALUE'],
    ['a list that is none', { sources: ['/a'], changedFiles: 7 }, 'CONFIG_INVALID_VALUE'],
    [
      'a level out of range',
      { sources: ['/a'], compression: { method: 'deflate', level: 10 } },
      'CONFIG_INVALID_VALUE'
    ],
    [
      'a level below the least',
      { sources: ['/a'], compression: { method: 'deflate', level: 0 } },
      'CONFIG_INVALID_VALUE'
    ],
    [
      'an unknown key of the compression',
      { sources: ['/a'], compression: { methods: 'deflate' } },
      'CONFIG_UNKNOWN_KEY'
    ]
  ])('refuses %s', (_what, options, expected) => {
    expect(code(options)).toBe(expected)
  })

  it('takes path lists in each of their forms', () => {
    const stream = (async function* () {
      yield '/a/b'
    })()
    for (const changedFiles of [['/a/b'], { listFile: '/tmp/list' }, stream])
      expect(resolveBackupOptions({ sources: ['/a'], changedFiles }).changedFiles).toBe(changedFiles)
  })

  it('names the nearest right key', () => {
    expect(() => resolveBackupOptions({ sources: ['/a'], dryrun: true } as never)).toThrow(/dryRun/)
  })
})

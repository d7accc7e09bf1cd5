import { describe, expect, it } from 'vitest'
import { EntryOutcomes } from '../src/restore/entry-outcomes.ts'

const failure = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code })

describe('EntryOutcomes', () => {
  it.each([
    ['ENOSPC', 'RESTORE_NO_SPACE'],
    ['EDQUOT', 'RESTORE_NO_SPACE'],
    ['EROFS', 'RESTORE_TARGET_UNUSABLE'],
    ['EIO', 'RESTORE_TARGET_UNUSABLE']
  ])('ends the restore for what all files would meet: %s', (errno, code) => {
    const outcomes = new EntryOutcomes()
    const error = expect.objectContaining({ code, message: expect.stringContaining('/out/file') })
    expect(() => outcomes.failEntry(0, '/out/file', failure(errno))).toThrow(error)
    expect(outcomes.result().issues).toEqual([])
  })

  it('makes an issue of what concerns one entry', () => {
    const outcomes = new EntryOutcomes()
    outcomes.failEntry(3, '/out/file', failure('EACCES'))
    expect(outcomes.hasFailed(3)).toBe(true)
    expect(outcomes.result().issues).toMatchObject([{ code: 'RESTORE_WRITE_FAILED', path: '/out/file' }])
  })
})

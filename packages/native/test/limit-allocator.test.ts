import { afterEach, describe, expect, it, vi } from 'vitest'
import { limitAllocator } from '../src/index.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const isGlibc =
  'glibcVersionRuntime' in (process.report.getReport() as { header: Record<string, unknown> }).header

describe('limitAllocator', () => {
  it('says whether the C library took the limits', () => {
    expect(limitAllocator({ arenas: 8, trimBytes: 1024 * 1024 })).toBe(isGlibc)
  })

  it('does nothing without native functions', () => {
    vi.stubEnv('TERCET_NO_NATIVE', '1')
    expect(limitAllocator({ arenas: 8, trimBytes: 1024 * 1024 })).toBe(false)
  })

  it('refuses limits that mean something else to the C library', () => {
    expect(() => limitAllocator({ arenas: 0, trimBytes: 0 })).toThrow(RangeError)
    expect(() => limitAllocator({ arenas: 1, trimBytes: -1 })).toThrow(RangeError)
  })
})

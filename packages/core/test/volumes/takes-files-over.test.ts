import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryBackend } from '@tercet/backend-memory'
import { expect, it } from 'vitest'
import { takesFilesOver } from '../../src/volumes/takes-files-over.ts'

it('is so for a folder of the same file system alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tercet-over-'))
  try {
    const at = (path: string) =>
      Object.assign(createMemoryBackend(), { localFolder: { path, unfinishedNames: /^$/ } })
    expect(takesFilesOver(at(folder), folder)).toBe(true)
    expect(takesFilesOver(at('/proc'), folder)).toBe(false)
    expect(takesFilesOver(at(join(folder, 'nothing')), folder)).toBe(false)
    expect(takesFilesOver(createMemoryBackend(), folder)).toBe(false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

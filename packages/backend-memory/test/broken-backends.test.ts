import { conformanceCases, runConformance } from '@tercet/testkit-backend'
import { expect, test } from 'vitest'
import { createMemoryBackend } from '../src/index.ts'
import { BROKEN_BACKENDS } from './broken-backends.ts'

test.each(BROKEN_BACKENDS.map((broken) => [broken.defect, broken] as const))(
  'the conformance suite rejects a backend where %s',
  async (_defect, { create, foundBy, finding }) => {
    // Only what hangs is waited for; all else is found on a busy machine too.
    const target = { open: create, caseTimeoutMs: finding.source.includes('did not end') ? 500 : undefined }
    const { failed } = await runConformance(target, [foundBy])
    expect(failed.map(({ id }) => id)).toEqual([foundBy])
    expect(String(failed[0]?.error)).toMatch(finding)
  }
)

test('without a defect nothing fails, also with every promise taken back', async () => {
  const none = {
    atomicPut: false,
    conditionalPut: false,
    rename: false,
    serverSideCopy: false,
    deleteBatchSize: 1,
    checksums: [],
    modifiedTimeResolutionMs: undefined,
    rangedGet: false,
    quota: false,
    objectLock: false,
    archive: false,
    nestedNames: false
  } as const
  const report = await runConformance({ open: () => createMemoryBackend({ capabilities: none }) })
  expect(report.failed).toEqual([])
  expect(report.passed).toEqual(conformanceCases.map(({ id }) => id))
})

test('the cases also hold where folders need making and listings lag by promise', async () => {
  const promises = { createFolder: true, listing: 'eventual', modifiedTimeResolutionMs: 1000 } as const
  const report = await runConformance({
    open: () => createMemoryBackend({ capabilities: promises, chunkBytes: 1000 }),
    manyEntries: 100
  })
  expect(report.failed).toEqual([])
})

test('a promise that a backend was to make and does not is found', async () => {
  const open = () => createMemoryBackend({ capabilities: { rename: false } })
  const { failed } = await runConformance({ open, capabilities: { rename: true } }, ['capability-record'])
  expect(String(failed[0]?.error)).toMatch(/capabilities.rename/)
})

test('an unknown case is named', async () => {
  await expect(runConformance({ open: () => createMemoryBackend() }, ['nonesuch'])).rejects.toThrow(
    /"nonesuch"/
  )
})

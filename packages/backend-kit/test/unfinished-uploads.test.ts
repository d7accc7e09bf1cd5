import { systemClock } from '@tercet/interface'
import { expect, test } from 'vitest'
import { ABANDONED_AFTER_MS, UnfinishedUploads } from '../src/index.ts'

const now = 1_000_000_000_000
const clock = { ...systemClock, now: () => now }

test('what is old goes with the next put, what is young may still be written', async () => {
  const removed: string[] = []
  const uploads = new UnfinishedUploads(async (path) => {
    removed.push(path)
  }, clock)
  uploads.note('old', new Date(now - ABANDONED_AFTER_MS - 1))
  uploads.note('young', new Date(now - ABANDONED_AFTER_MS + 1))
  uploads.note('unknown', undefined)
  expect(removed).toEqual([])
  uploads.removeAbandoned()
  uploads.removeAbandoned()
  await uploads.settled()
  expect(removed).toEqual(['old'])
})

test('a removal that fails disturbs nobody', async () => {
  const uploads = new UnfinishedUploads(async () => {
    throw new Error('no connection')
  }, clock)
  uploads.remove('a')
  await uploads.settled()
})

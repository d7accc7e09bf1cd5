import { StorageError } from '@tercet/interface'
import { createVirtualClock } from '@tercet/testkit-faults'
import { expect, test } from 'vitest'
import { openPatiently } from '../src/destination/open-patiently.ts'

const busy = (context = {}) => new StorageError('STORAGE_UNAVAILABLE', 'busy', { retry: 'may-help', context })

/** Opens after it has failed with each of `failures`. */
function opener(...failures: StorageError[]): () => Promise<string> {
  return async () => {
    const failure = failures.shift()
    if (failure !== undefined) throw failure
    return 'open'
  }
}

test('what may help is tried again, as late as the server asks', async () => {
  const clock = createVirtualClock()
  const options = { retries: 3, retryDelayMs: 1000, clock }
  expect(await openPatiently(opener(busy(), busy({ retryAfterMs: 7000 })), options)).toBe('open')
  expect(clock.elapsedMs).toBe(8000)
})

test('it is given up after the last attempt, and at once where nothing helps', async () => {
  const clock = createVirtualClock()
  const options = { retries: 1, retryDelayMs: 1000, clock }
  await expect(openPatiently(opener(busy(), busy(), busy()), options)).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE'
  })
  expect(clock.elapsedMs).toBe(1000)
  const denied = new StorageError('STORAGE_ACCESS_DENIED', 'denied')
  await expect(openPatiently(opener(denied), options)).rejects.toBe(denied)
  expect(clock.elapsedMs).toBe(1000)
})

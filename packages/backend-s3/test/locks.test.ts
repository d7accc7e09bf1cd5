import { collect, failureOf, patternSource } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { createS3Backend } from '../src/index.ts'
import { describeCeph } from './support/ceph.ts'

const HOUR_MS = 3_600_000

describeCeph('S3: locks', (ceph) => {
  const soon = new Date(Math.ceil(Date.now() / 1000) * 1000 + HOUR_MS)
  const later = new Date(soon.getTime() + HOUR_MS)

  for (const lockMode of ['GOVERNANCE', 'COMPLIANCE'] as const) {
    test(`of the mode ${lockMode} are set by the put, at once and in parts, and can be extended`, async () => {
      const parts = { multipartThresholdBytes: 6_000_000, partBytes: 5 * 1024 * 1024 }
      await using backend = createS3Backend(await ceph.bucket({ lockMode, ...parts }))
      for (const size of [10, 1_000_000, 7_000_000]) {
        const path = `object-${size}`
        await backend.put(path, patternSource(size), { lockUntil: soon })
        expect(await backend.getLock(path)).toEqual(soon)
        await backend.setLock(path, later)
        expect(await backend.getLock(path)).toEqual(later)
        expect(await failureOf(backend.delete(path))).toMatchObject({
          code: 'STORAGE_LOCKED',
          retry: 'never'
        })
      }
    })
  }

  test('of the stricter mode are not made weaker', async () => {
    const options = await ceph.bucket({ lockMode: 'COMPLIANCE' })
    await using strict = createS3Backend(options)
    await using weak = createS3Backend({ ...options, lockMode: 'GOVERNANCE' })
    await strict.put('object', patternSource(10), { lockUntil: soon })
    await weak.setLock('object', later)
    expect(await strict.getLock('object')).toEqual(later)
    expect((await failureOf(weak.delete('object'))).code).toBe('STORAGE_LOCKED')
  })

  test('on a bucket that was not made for them are refused', async () => {
    const options = await ceph.bucket()
    await using backend = createS3Backend({ ...options, lockMode: 'GOVERNANCE' })
    const failure = await failureOf(backend.put('object', patternSource(10), { lockUntil: soon }))
    expect(failure.code).toBe('STORAGE_UNSUPPORTED')
    expect(await collect(backend.list())).toEqual([])
  })
})

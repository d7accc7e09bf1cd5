import { measureTransfer } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { describeCeph } from './support/ceph.ts'

// The process itself takes some 70 MiB. What has arrived comes on top until it is collected, which Node does when it is
// some 64 MiB; an object that was held whole would take 330 and more.
const MiB = 1024 * 1024
const module = new URL('../src/index.ts', import.meta.url).href

describeCeph('S3: memory', (ceph) => {
  test.each([{ multipartThresholdBytes: 300 * MiB }, { multipartThresholdBytes: 100 * MiB }])(
    'holds no object whole while 256 MiB go in and out (%j)',
    async (more) => {
      const options = await ceph.bucket(more)
      const { received, peakBytes } = await measureTransfer(
        { module, name: 'createS3Backend', options },
        256 * MiB
      )
      expect(received).toBe(256 * MiB)
      expect(peakBytes / MiB).toBeLessThanOrEqual(192)
    }
  )
})

import { measureTransfer } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { describeSwift } from './support/swift.ts'

const MiB = 1024 * 1024
const module = new URL('../src/index.ts', import.meta.url).href

describeSwift('Swift: memory', (swift) => {
  test.each([{}])(
    'stays within 192 MiB while 256 MiB go in and out ',
    async (more) => {
      const options = await swift.container(more)
      const { received, peakBytes } = await measureTransfer(
        { module, name: 'openSwiftBackend', options },
        256 * MiB
      )
      expect(received).toBe(256 * MiB)
      expect(peakBytes / MiB).toBeLessThan(192)
    },
    120_000
  )
})

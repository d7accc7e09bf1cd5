import { measureTransfer } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { describeAzurite } from './support/azurite.ts'

const MiB = 1024 * 1024
const module = new URL('../src/index.ts', import.meta.url).href

describeAzurite('Azure: memory', (azurite) => {
  test.each([{ blocksThresholdBytes: 300 * MiB }, { blocksThresholdBytes: 100 * MiB }])(
    'stays within 192 MiB while 256 MiB go in and out (%j)',
    async (more) => {
      const options = await azurite.container(more)
      const { received, peakBytes } = await measureTransfer(
        { module, name: 'createAzureBackend', options },
        256 * MiB
      )
      expect(received).toBe(256 * MiB)
      expect(peakBytes / MiB).toBeLessThan(192)
    },
    120_000
  )
})

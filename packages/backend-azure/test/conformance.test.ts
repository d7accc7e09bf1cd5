import { testStorageBackend } from '@tercet/testkit-backend'
import { type AzureBackendOptions, createAzureBackend } from '../src/index.ts'
import { describeAzurite, type TestAzurite } from './support/azurite.ts'

function target(azurite: TestAzurite, more: Partial<AzureBackendOptions>) {
  let options: AzureBackendOptions
  return {
    open: async () => {
      options = await azurite.container(more)
      return createAzureBackend(options)
    },
    reopen: () => createAzureBackend(options)
  }
}

describeAzurite('Azure on azurite', (azurite) => {
  testStorageBackend('azure', {
    ...target(azurite, {}),
    capabilities: {
      conditionalPut: true,
      archive: true,
      objectLock: false,
      checksums: ['MD5'],
      deleteBatchSize: 256
    },
    manyEntries: 1010
  })

  testStorageBackend('azure in a folder, in small pages and blocks', {
    ...target(azurite, {
      prefix: 'some/folder',
      pageEntries: 7,
      blocksThresholdBytes: 1,
      blockBytes: 70_000
    }),
    manyEntries: 30,
    sequences: 5
  })
})

import { testNetworkFaults } from '@tercet/testkit-servers'
import { type AzureBackendOptions, createAzureBackend } from '../src/index.ts'
import { describeAzurite } from './support/azurite.ts'

describeAzurite('azurite', (azurite) => {
  let options: AzureBackendOptions

  testNetworkFaults('azure', {
    server: () => ({ host: '127.0.0.1', port: azurite.server.port }),
    open: async (port) => {
      options = await azurite.container()
      return createAzureBackend({
        ...options,
        endpoint: `http://127.0.0.1:${port}/${azurite.server.account}`
      })
    },
    look: async () => createAzureBackend(options)
  })
})

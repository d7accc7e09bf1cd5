import { testNetworkFaults } from '@tercet/testkit-servers'
import { openSwiftBackend, type SwiftBackendOptions } from '../src/index.ts'
import { describeSwift } from './support/swift.ts'

describeSwift('Swift', (swift) => {
  let options: SwiftBackendOptions

  testNetworkFaults('swift', {
    server: () => ({ host: '127.0.0.1', port: swift.server.port }),
    open: async (port) => {
      options = await swift.container()
      return await openSwiftBackend({ ...options, authUrl: `http://127.0.0.1:${port}/auth/v1.0` })
    },
    look: () => openSwiftBackend(options)
  })
})

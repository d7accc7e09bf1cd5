import { testNetworkFaults } from '@tercet/testkit-servers'
import { createS3Backend, type S3BackendOptions } from '../src/index.ts'
import { describeCeph } from './support/ceph.ts'

describeCeph('Ceph', (ceph) => {
  let options: S3BackendOptions

  testNetworkFaults('s3', {
    server: () => ({ host: '127.0.0.1', port: ceph.server.port }),
    open: async (port) => {
      options = await ceph.bucket()
      return createS3Backend({ ...options, endpoint: `http://127.0.0.1:${port}` })
    },
    look: async () => createS3Backend(options)
  })
})

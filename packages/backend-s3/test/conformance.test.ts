import { testStorageBackend } from '@tercet/testkit-backend'
import {
  describeWith,
  SWIFT_PROGRAMS,
  type SwiftServer,
  startSwift,
  testNetworkFaults
} from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { createS3Backend, createS3Bucket, type S3BackendOptions } from '../src/index.ts'
import { describeCeph, type TestCeph } from './support/ceph.ts'

function target(ceph: TestCeph, more: () => Partial<S3BackendOptions>) {
  let options: S3BackendOptions
  return {
    open: async () => {
      options = await ceph.bucket(more())
      return createS3Backend(options)
    },
    reopen: () => createS3Backend(options)
  }
}

describeCeph('S3 on Ceph', (ceph) => {
  testStorageBackend('s3', {
    ...target(ceph, () => ({ conditionalPut: true, archiveClasses: ['GLACIER'] })),
    capabilities: {
      conditionalPut: true,
      objectLock: false,
      archive: true,
      checksums: ['MD5'],
      deleteBatchSize: 1000
    },
    manyEntries: 1010
  })

  // Conditions are not kept by this gateway where objects have versions, which locks need.
  testStorageBackend('s3 with locks', {
    ...target(ceph, () => ({ lockMode: 'GOVERNANCE', prefix: 'some/folder' })),
    capabilities: { conditionalPut: false, objectLock: true, archive: false, checksums: ['MD5'] },
    manyEntries: 30,
    sequences: 5
  })

  testStorageBackend('s3 with the least', {
    ...target(ceph, () => ({
      endpoint: ceph.server.secureEndpoint,
      trust: { ca: ceph.server.certificate.pem },
      batchDelete: false,
      etagIsMd5: false,
      listVersion: 1,
      pageEntries: 7
    })),
    capabilities: {
      conditionalPut: false,
      objectLock: false,
      archive: false,
      checksums: [],
      deleteBatchSize: 1
    },
    manyEntries: 30,
    sequences: 5
  })
})

describeWith(SWIFT_PROGRAMS, "Swift's S3", () => {
  let swift: SwiftServer
  let options: S3BackendOptions
  let buckets = 0
  beforeAll(async () => {
    swift = await startSwift()
  })
  afterAll(() => swift.stop())

  const optionsOf = () => ({
    endpoint: `http://127.0.0.1:${swift.port}`,
    credentials: { accessKeyId: swift.username, secretAccessKey: swift.password }
  })

  testStorageBackend("s3 by Swift's gateway", {
    open: async () => {
      options = { ...optionsOf(), bucket: `bucket-${++buckets}`, prefix: 'some/folder' }
      await createS3Bucket(options)
      return createS3Backend(options)
    },
    reopen: () => createS3Backend(options),
    capabilities: { conditionalPut: false, checksums: ['MD5'], deleteBatchSize: 1000 },
    manyEntries: 30,
    sequences: 3
  })

  testNetworkFaults("s3 by Swift's gateway", {
    server: () => ({ host: '127.0.0.1', port: swift.port }),
    open: async (port) => {
      options = { ...optionsOf(), bucket: `bucket-${++buckets}` }
      await createS3Bucket(options)
      return createS3Backend({ ...options, endpoint: `http://127.0.0.1:${port}` })
    },
    look: async () => createS3Backend(options),
    isBrief: true
  })
})

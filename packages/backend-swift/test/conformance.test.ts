import { testStorageBackend } from '@tercet/testkit-backend'
import { CEPH_PROGRAMS, type CephServer, describeWith, startCeph } from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { createSwiftContainer, openSwiftBackend, type SwiftBackendOptions } from '../src/index.ts'
import { describeSwift, type TestSwift } from './support/swift.ts'

function target(swift: TestSwift, more: Partial<SwiftBackendOptions>) {
  let options: SwiftBackendOptions
  return {
    open: async () => {
      options = await swift.container(more)
      return await openSwiftBackend(options)
    },
    reopen: () => openSwiftBackend(options)
  }
}

describeSwift('Swift', (swift) => {
  testStorageBackend('swift', {
    ...target(swift, {}),
    capabilities: { conditionalPut: false, checksums: ['MD5'], deleteBatchSize: 1000, quota: true },
    manyEntries: 120,
    sequences: 5
  })

  testStorageBackend('swift in a folder, in small pages', {
    ...target(swift, { prefix: 'some/folder', pageEntries: 7 }),
    manyEntries: 30,
    sequences: 3
  })
})

describeWith(CEPH_PROGRAMS, 'the Swift of Ceph', () => {
  let ceph: CephServer
  let containers = 0
  beforeAll(async () => {
    ceph = await startCeph()
  })
  afterAll(() => ceph.stop())

  testStorageBackend('swift by ceph', {
    open: async () => {
      const { swiftAuthUrl: authUrl, swiftUser: username, swiftKey: password } = ceph
      const options = {
        container: `container-${++containers}`,
        authUrl,
        authVersion: 'v1',
        username,
        password
      } as const
      await createSwiftContainer(options)
      return await openSwiftBackend(options)
    },
    manyEntries: 60,
    sequences: 5
  })
})

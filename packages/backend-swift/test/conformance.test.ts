import { testStorageBackend } from '@tercet/testkit-backend'
import {
  CEPH_PROGRAMS,
  type CephServer,
  describeWith,
  failureOf,
  patternSource,
  startCeph,
  testNetworkFaults
} from '@tercet/testkit-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

  const optionsOf = (authUrl: string): SwiftBackendOptions => {
    const { swiftUser: username, swiftKey: password } = ceph
    return { container: `container-${++containers}`, authUrl, authVersion: 'v1', username, password }
  }

  testStorageBackend('swift by ceph', {
    open: async () => {
      const options = optionsOf(ceph.swiftAuthUrl)
      await createSwiftContainer(options)
      return await openSwiftBackend(options)
    },
    manyEntries: 60,
    sequences: 5
  })

  let onBadLine: SwiftBackendOptions
  testNetworkFaults('swift by ceph', {
    server: () => ({ host: '127.0.0.1', port: ceph.port }),
    open: async (port) => {
      onBadLine = optionsOf(ceph.swiftAuthUrl)
      await createSwiftContainer(onBadLine)
      return await openSwiftBackend({ ...onBadLine, authUrl: `http://127.0.0.1:${port}/auth/v1.0` })
    },
    look: () => openSwiftBackend(onBadLine),
    isBrief: true
  })

  test('a certificate that is not trusted, and one that is pinned', async () => {
    const options = optionsOf(`${ceph.secureEndpoint}/auth/v1.0`)
    const failure = await failureOf(openSwiftBackend(options))
    expect(failure).toMatchObject({ code: 'STORAGE_UNTRUSTED', retry: 'never' })
    const trust = { fingerprints: [ceph.certificate.sha256] }
    await createSwiftContainer({ ...options, trust })
    await using backend = await openSwiftBackend({ ...options, trust })
    await backend.put('object', patternSource(1000))
  })
})

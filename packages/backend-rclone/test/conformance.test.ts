import { testStorageBackend } from '@tercet/testkit-backend'
import { CEPH_PROGRAMS, type CephServer, describeWith, startCeph } from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { openRcloneBackend } from '../src/index.ts'
import { TestRclone } from './support/rclone.ts'

describeWith(['rclone'], 'rclone', () => {
  let rclone: TestRclone
  beforeAll(async () => {
    rclone = await TestRclone.create()
  })
  afterAll(() => rclone[Symbol.asyncDispose]())

  testStorageBackend('rclone with a folder of this machine', {
    open: async () => {
      await rclone.box()
      return await openRcloneBackend({ remote: 'box', configFile: rclone.configFile })
    },
    reopen: () => openRcloneBackend({ remote: 'box', configFile: rclone.configFile }),
    capabilities: { atomicPut: true, rename: true, rangedGet: true, conditionalPut: false },
    manyEntries: 1010,
    sequences: 5
  })
})

describeWith([...CEPH_PROGRAMS, 'rclone'], 'rclone on S3', () => {
  let ceph: CephServer
  let rclone: TestRclone
  let buckets = 0
  beforeAll(async () => {
    ;[ceph, rclone] = await Promise.all([startCeph(), TestRclone.create()])
    const { endpoint, accessKeyId: access_key_id, secretAccessKey: secret_access_key } = ceph
    await rclone.configure({
      store: { type: 's3', provider: 'Ceph', endpoint, access_key_id, secret_access_key }
    })
  })
  afterAll(async () => {
    await ceph.stop()
    await rclone[Symbol.asyncDispose]()
  })

  testStorageBackend('rclone with a bucket', {
    open: () =>
      openRcloneBackend({
        remote: 'store',
        path: `bucket-${++buckets}/some/folder`,
        configFile: rclone.configFile,
        createFolder: true
      }),
    capabilities: { atomicPut: true, rename: false, serverSideCopy: true },
    manyEntries: 30,
    sequences: 3
  })
})

import { randomUUID } from 'node:crypto'
import { inLanes } from '@tercet/backend-kit'
import type { StorageBackend } from '@tercet/interface'
import {
  type ConformanceFailure,
  conformanceCases,
  runConformance,
  testStorageBackend
} from '@tercet/testkit-backend'
import {
  CEPH_PROGRAMS,
  type CephServer,
  collect,
  describeWith,
  failureOf,
  patternSource,
  type SshServer,
  startCeph,
  startSshd,
  testNetworkFaults
} from '@tercet/testkit-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRcloneBackend } from '../src/index.ts'
import { TestRclone } from './support/rclone.ts'

/** Cases of a slow remote that wait side by side. */
const CASES_AT_ONCE = 12

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
  let path = ''
  let buckets = 0
  beforeAll(async () => {
    ;[ceph, rclone] = await Promise.all([startCeph(), TestRclone.create()])
  })
  afterAll(async () => {
    await ceph.stop()
    await rclone[Symbol.asyncDispose]()
  })

  async function open(port = ceph.port): Promise<StorageBackend> {
    const { accessKeyId: access_key_id, secretAccessKey: secret_access_key } = ceph
    const endpoint = `http://127.0.0.1:${port}`
    await rclone.configure({
      store: { type: 's3', provider: 'Ceph', endpoint, access_key_id, secret_access_key }
    })
    return await openRcloneBackend({
      remote: 'store',
      path,
      configFile: rclone.configFile,
      createFolder: true
    })
  }

  testStorageBackend('rclone with a bucket', {
    open: () => {
      path = `bucket-${++buckets}/some/folder`
      return open()
    },
    capabilities: { atomicPut: true, rename: false, serverSideCopy: true },
    manyEntries: 30,
    sequences: 3
  })

  test('what the store refuses: the bucket, the key, the space, and a certificate', async () => {
    const { endpoint, accessKeyId, limitedAccessKeyId, secretAccessKey } = ceph
    const remote = (key: string, secret = secretAccessKey, at = endpoint) => ({
      type: 's3',
      provider: 'Ceph',
      endpoint: at,
      access_key_id: key,
      secret_access_key: secret
    })
    await rclone.configure({
      good: remote(accessKeyId),
      wrong: remote(accessKeyId, 'wrong'),
      full: remote(limitedAccessKeyId),
      secure: remote(accessKeyId, secretAccessKey, ceph.secureEndpoint)
    })
    const failureAt = async (
      name: string,
      call: (backend: StorageBackend) => Promise<unknown>
    ): Promise<string> => {
      const place = { remote: name, path: `refused-${name}`, configFile: rclone.configFile }
      await using backend = await openRcloneBackend(place)
      return (await failureOf(call(backend))).code
    }
    const put = (backend: StorageBackend) => backend.put('object', patternSource(200_000))
    expect(await failureAt('good', (backend) => collect(backend.list()))).toBe('STORAGE_NOT_FOUND')
    expect(await failureAt('wrong', put)).toBe('STORAGE_ACCESS_DENIED')
    expect(await failureAt('full', put)).toBe('STORAGE_FULL')
    expect(await failureAt('secure', put)).toBe('STORAGE_UNTRUSTED')
  })

  testNetworkFaults('rclone with a bucket', {
    server: () => ({ host: '127.0.0.1', port: ceph.port }),
    open: (port) => {
      path = `bucket-${++buckets}`
      return open(port)
    },
    look: () => open(),
    isBrief: true
  })
})

describeWith(['rclone', 'sshd', 'ssh-keygen'], 'rclone on SFTP', () => {
  let sshd: SshServer
  let rclone: TestRclone
  beforeAll(async () => {
    ;[sshd, rclone] = await Promise.all([startSshd(), TestRclone.create()])
    const { host, port, username: user, keyFile: key_file } = sshd
    await rclone.configure({ store: { type: 'sftp', host, port: String(port), user, key_file } })
  })
  afterAll(async () => {
    await sshd.stop()
    await rclone[Symbol.asyncDispose]()
  })

  const openAt = (folder: string): Promise<StorageBackend> =>
    openRcloneBackend({
      remote: 'store',
      path: `${sshd.root}/${folder}`,
      configFile: rclone.configFile,
      createFolder: true
    })

  // Rclone waits a tenth of a second before each connection of this protocol, so some cases wait at the same time.
  test('keeps the contract of a storage backend', async () => {
    const failures: ConformanceFailure[] = []
    await inLanes(conformanceCases, CASES_AT_ONCE, async ({ id }) => {
      const folder = randomUUID()
      const target = {
        open: () => openAt(folder),
        reopen: () => openAt(folder),
        capabilities: { atomicPut: true, rename: true, rangedGet: true, serverSideCopy: false },
        manyEntries: 20,
        sequences: 1
      }
      failures.push(...(await runConformance(target, [id])).failed)
    })
    expect(failures).toEqual([])
  })
})

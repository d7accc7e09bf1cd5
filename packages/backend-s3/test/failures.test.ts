import { isTercetError, type StorageBackend } from '@tercet/interface'
import { collect, failureOf, patternSource } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { createS3Backend, createS3Bucket, type S3BackendOptions } from '../src/index.ts'
import { describeCeph } from './support/ceph.ts'

/** Every kind of call, on a place where none can work. */
async function failuresOf(options: S3BackendOptions): Promise<Record<string, string>> {
  await using backend = createS3Backend(options)
  const calls: Record<string, () => Promise<unknown>> = {
    list: () => collect(backend.list()),
    stat: () => backend.stat('object'),
    get: () => collect(backend.get('object')),
    put: () => backend.put('object', patternSource(1000)),
    'put streamed': () => backend.put('object', patternSource(2_000_000)),
    delete: () => backend.delete('object'),
    copy: () => backend.copy('object', 'other')
  }
  const failures: Record<string, string> = {}
  for (const [name, call] of Object.entries(calls)) failures[name] = (await failureOf(call())).code
  const [failure] = await backend.deleteMany(['object'])
  failures['deleteMany'] = isTercetError(failure?.error) ? failure.error.code : 'none'
  return failures
}

function allOf(code: string, except: Record<string, string> = {}): Record<string, string> {
  const names = ['list', 'stat', 'get', 'put', 'put streamed', 'delete', 'copy', 'deleteMany']
  return { ...Object.fromEntries(names.map((name) => [name, code])), ...except }
}

describeCeph('S3: failures as Ceph answers them', (ceph) => {
  test('a bucket that is not there', async () => {
    expect(await failuresOf(ceph.options())).toEqual(allOf('STORAGE_NOT_FOUND'))
  })

  test('an access key that nobody has, and a wrong secret', async () => {
    const options = await ceph.bucket()
    const { accessKeyId } = ceph.server
    for (const credentials of [
      { accessKeyId: 'nobody', secretAccessKey: 'testing' },
      { accessKeyId, secretAccessKey: 'wrong' }
    ])
      expect(await failuresOf({ ...options, credentials })).toEqual(allOf('STORAGE_ACCESS_DENIED'))
  })

  test('a bucket of somebody else', async () => {
    const options = await ceph.bucket()
    const credentials = { accessKeyId: ceph.server.otherAccessKeyId, secretAccessKey: 'testing' }
    expect(await failuresOf({ ...options, credentials })).toEqual(allOf('STORAGE_ACCESS_DENIED'))
    const failure = await failureOf(createS3Bucket({ ...options, credentials }))
    expect(failure).toMatchObject({ code: 'STORAGE_EXISTS', retry: 'never' })
  })

  test('a quota that is used up, by one request and in parts', async () => {
    const credentials = { accessKeyId: ceph.server.limitedAccessKeyId, secretAccessKey: 'testing' }
    const options = await ceph.bucket({
      credentials,
      multipartThresholdBytes: 6 * 1024 * 1024,
      partBytes: 5 * 1024 * 1024
    })
    await using backend = createS3Backend(options)
    for (const size of [100_000, 2_000_000, 7_000_000]) {
      const failure = await failureOf(backend.put('object', patternSource(size)))
      expect(failure, `${size} bytes`).toMatchObject({ code: 'STORAGE_FULL', retry: 'never' })
    }
    expect(await collect(backend.list())).toEqual([])
  })

  test('a name that is too long with the folder in front', async () => {
    await using backend = createS3Backend(await ceph.bucket({ prefix: 'p'.repeat(800) }))
    const path = ['a', 'b'].map((letter) => letter.repeat(150)).join('/')
    expect((await failureOf(backend.put(path, patternSource(10)))).code).toBe('STORAGE_INVALID_PATH')
  })

  test('a certificate that is not trusted, and ones that are', async () => {
    const options = await ceph.bucket()
    const endpoint = ceph.server.secureEndpoint
    const { pem, sha256 } = ceph.server.certificate
    expect(await failuresOf({ ...options, endpoint })).toEqual(allOf('STORAGE_UNTRUSTED'))
    expect(await failuresOf({ ...options, endpoint, trust: { fingerprints: ['00'.repeat(32)] } })).toEqual(
      allOf('STORAGE_UNTRUSTED')
    )
    for (const trust of [{ ca: pem }, { fingerprints: [sha256] }, { acceptAny: true }]) {
      await using backend = createS3Backend({ ...options, endpoint, trust })
      await backend.put('object', patternSource(300_000))
      expect((await backend.stat('object')).sizeBytes).toBe(300_000)
    }
  })

  test('nobody at the endpoint', async () => {
    const options = { ...ceph.options(), endpoint: 'http://127.0.0.1:9' }
    expect(await failuresOf(options)).toEqual(allOf('STORAGE_UNAVAILABLE'))
  })

  test('what is told of a failure holds no secret and no signature', async () => {
    const options = await ceph.bucket()
    const credentials = {
      accessKeyId: 'test',
      secretAccessKey: 'hunter2-hunter2',
      sessionToken: 'token-token'
    }
    await using backend: StorageBackend = createS3Backend({ ...options, credentials })
    const failure = await failureOf(backend.put('object', patternSource(10)))
    const { inspect } = await import('node:util')
    const told = inspect(failure, { depth: 20, showHidden: true })
    expect(told).not.toMatch(/hunter2|token-token|StringToSign|AWS4-HMAC/)
    expect(inspect(backend, { depth: 0 })).not.toMatch(/hunter2/)
  })
})

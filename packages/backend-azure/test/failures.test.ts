import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { isTercetError } from '@tercet/interface'
import { createFaultProxy } from '@tercet/testkit-faults'
import { collect, failureOf, patternSource } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { type AzureBackendOptions, createAzureBackend } from '../src/index.ts'
import { describeAzurite, type TestAzurite } from './support/azurite.ts'

const WRONG_KEY = Buffer.alloc(64, 7).toString('base64')

/** Every kind of call, on a place where none can work. */
async function failuresOf(options: AzureBackendOptions): Promise<Record<string, string>> {
  await using backend = createAzureBackend(options)
  const calls: Record<string, () => Promise<unknown>> = {
    list: () => collect(backend.list()),
    stat: () => backend.stat('object'),
    get: () => collect(backend.get('object')),
    put: () => backend.put('object', patternSource(2_000_000)),
    delete: () => backend.delete('object')
  }
  const failures: Record<string, string> = {}
  for (const [name, call] of Object.entries(calls)) failures[name] = (await failureOf(call())).code
  const [failure] = await backend.deleteMany(['object'])
  failures['deleteMany'] = isTercetError(failure?.error) ? failure.error.code : 'none'
  return failures
}

function allOf(code: string): Record<string, string> {
  return Object.fromEntries(
    ['list', 'stat', 'get', 'put', 'delete', 'deleteMany'].map((name) => [name, code])
  )
}

function clientOf({ server }: TestAzurite): BlobServiceClient {
  return new BlobServiceClient(
    server.endpoint,
    new StorageSharedKeyCredential(server.account, server.accountKey)
  )
}

describeAzurite('Azure: failures as azurite answers them', (azurite) => {
  test('a container that is not there', async () => {
    expect(await failuresOf(azurite.options())).toEqual(allOf('STORAGE_NOT_FOUND'))
  })

  test('a wrong key', async () => {
    expect(await failuresOf({ ...(await azurite.container()), accountKey: WRONG_KEY })).toEqual(
      allOf('STORAGE_ACCESS_DENIED')
    )
  })

  test('nobody at the endpoint', async () => {
    const options = { ...azurite.options(), endpoint: 'http://127.0.0.1:9/devstoreaccount1' }
    expect(await failuresOf(options)).toEqual(allOf('STORAGE_UNAVAILABLE'))
  })

  test('an object that somebody holds a lease of', async () => {
    const options = await azurite.container()
    await using backend = createAzureBackend(options)
    await backend.put('object', patternSource(10))
    await clientOf(azurite)
      .getContainerClient(options.container)
      .getBlobClient('object')
      .getBlobLeaseClient()
      .acquireLease(-1)
    for (const call of [() => backend.delete('object'), () => backend.put('object', patternSource(20))])
      expect(await failureOf(call())).toMatchObject({ code: 'STORAGE_LOCKED', retry: 'never' })
    const failures = await backend.deleteMany(['object', 'absent'])
    expect(failures.map(({ path, error }) => [path, isTercetError(error) && error.code])).toEqual([
      ['object', 'STORAGE_LOCKED']
    ])
  })

  test('archived objects are known, cannot be read, and are brought back when that is asked for', async () => {
    await using backend = createAzureBackend(await azurite.container({ accessTier: 'Archive' }))
    expect((await backend.put('object', patternSource(10))).archived).toBe(true)
    expect((await backend.stat('object')).archived).toBe(true)
    expect((await collect(backend.list()))[0]?.archived).toBe(true)
    expect(await failureOf(collect(backend.get('object')))).toMatchObject({
      code: 'STORAGE_ARCHIVED',
      retry: 'never'
    })
    await backend.restoreArchived('object')
    await backend.restoreArchived('object')
  })

  test('an object in blocks has the MD5 of the whole, and its blocks are not mixed with those of another put', async () => {
    const options = await azurite.container({ blocksThresholdBytes: 1, blockBytes: 100_000 })
    await using backend = createAzureBackend(options)
    const hash = createHash('md5')
    for await (const chunk of patternSource(950_001).open()) hash.update(chunk)
    const entry = await backend.put('object', patternSource(950_001))
    expect(entry.sizeBytes).toBe(950_001)
    expect(Buffer.from(await backend.checksum('object', 'MD5'))).toEqual(hash.digest())
  })

  test('blocks of a put that broke off are gone on with, and only what is missing is sent', async () => {
    const options = await azurite.container({ blocksThresholdBytes: 1, blockBytes: 1_000_000 })
    const size = 6_000_000
    for (const seed of [1, 2]) {
      await using backend = createAzureBackend(options)
      const { promise: stored, resolve } = Promise.withResolvers<void>()
      const breaksOff = {
        size,
        async *open() {
          yield* patternSource(4_000_000, seed).open()
          await stored
          throw new Error('the source broke')
        }
      }
      const path = `object ${seed}`
      const put = backend.put(path, breaksOff, {
        resumeKey: 'upload',
        onProgress: (sent) => sent >= 4_000_000 && resolve()
      })
      await expect(put).rejects.toThrow('the source broke')
      await using proxy = await createFaultProxy({ host: '127.0.0.1', port: azurite.server.port })
      const endpoint = `http://127.0.0.1:${proxy.port}/${azurite.server.account}`
      await using later = createAzureBackend({ ...options, endpoint })
      await later.put(path, patternSource(size), { resumeKey: 'upload' })
      if (seed === 1) expect(proxy.stats.up).toBeLessThan(size / 2)
      else expect(proxy.stats.up).toBeGreaterThan(size)
      const wanted = Buffer.concat(await collect(patternSource(size).open()))
      expect(Buffer.concat(await collect(backend.get(path))).equals(wanted)).toBe(true)
    }
  })

  test('a signature instead of a key, for every call', async () => {
    const options = await azurite.container()
    const sas = await clientOf(azurite)
      .getContainerClient(options.container)
      .generateSasUrl({ permissions: 'racwdl' as never, expiresOn: new Date(Date.now() + 3_600_000) })
    const { accountKey: _, ...withoutKey } = options
    await using backend = createAzureBackend({ ...withoutKey, sasToken: new URL(sas).search })
    await backend.put('object a+b', patternSource(100_000))
    await backend.copy('object a+b', 'other')
    expect((await collect(backend.list())).map(({ path }) => path)).toEqual(['object a+b', 'other'])
    await backend.delete('object a+b')
    expect(await backend.deleteMany(['other'])).toEqual([])
    expect(inspect(backend, { depth: 1 })).not.toMatch(/sig=/)
    await using reader = createAzureBackend({ ...withoutKey, sasToken: 'sv=2024-01-01&sig=hunter2' })
    const failure = await failureOf(reader.stat('object'))
    expect(failure.code).toBe('STORAGE_ACCESS_DENIED')
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toMatch(/hunter2/)
  })

  test('what is told of a failure holds no key and no signature', async () => {
    const options = await azurite.container()
    await using backend = createAzureBackend({ ...options, accountKey: WRONG_KEY })
    for (const call of [() => backend.put('object', patternSource(10)), () => collect(backend.list())]) {
      const told = inspect(await failureOf(call()), { depth: 20, showHidden: true })
      expect(told).not.toContain(WRONG_KEY)
      expect(told).not.toMatch(/SharedKey/i)
    }
  })
})

describeAzurite(
  'Azure: TLS',
  (azurite) => {
    test('a certificate that is not trusted, and ones that are', async () => {
      const { pem, sha256 } = azurite.server.certificate ?? { pem: '', sha256: '' }
      const options = await azurite.container({ trust: { ca: pem } })
      expect(await failuresOf({ ...options, trust: {} })).toEqual(allOf('STORAGE_UNTRUSTED'))
      for (const trust of [{ ca: pem }, { fingerprints: [sha256] }]) {
        await using backend = createAzureBackend({ ...options, trust })
        await backend.put('object', patternSource(300_000))
        expect((await backend.stat('object')).sizeBytes).toBe(300_000)
      }
    })
  },
  true
)

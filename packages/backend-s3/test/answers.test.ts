import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { crc32 } from 'node:zlib'
import { collect, failureOf, patternSource } from '@tercet/testkit-servers'
import { describe, expect, test } from 'vitest'
import { createS3Backend } from '../src/index.ts'
import { createScriptedStore, refuse, type SeenRequest } from './support/scripted-store.ts'

/** A store that keeps one object, and says what a test wants it to say of it. */
function keepOne(headers: Record<string, string> = {}) {
  let size = 0
  return ({ method, body, headers: asked }: SeenRequest, response: ServerResponse): void => {
    if (method === 'PUT') size = Number(asked['x-amz-decoded-content-length'] ?? body.byteLength)
    const etag = `"${createHash('md5').update(body).digest('hex')}"`
    const common = { etag, 'last-modified': new Date(0).toUTCString(), ...headers }
    response.writeHead(200, method === 'HEAD' ? { ...common, 'content-length': size } : common).end()
  }
}

describe('S3: answers of stores that cannot be run here, replayed', () => {
  test('busy stores are told from broken ones, with the time that they ask for', async () => {
    const cases = [
      [503, 'SlowDown', { 'retry-after': '7' }, 'STORAGE_RATE_LIMITED', 7000],
      [429, 'TooManyRequests', { 'retry-after': '2' }, 'STORAGE_RATE_LIMITED', 2000],
      [500, 'InternalError', {}, 'STORAGE_UNAVAILABLE', undefined],
      [503, 'ServiceUnavailable', { 'retry-after': '3' }, 'STORAGE_UNAVAILABLE', 3000],
      [502, 'BadGateway', {}, 'STORAGE_UNAVAILABLE', undefined],
      [400, 'RequestTimeout', {}, 'STORAGE_TIMEOUT', undefined]
    ] as const
    for (const [status, code, headers, wanted, retryAfterMs] of cases) {
      await using store = await createScriptedStore((_, response) => refuse(response, status, code, headers))
      await using backend = createS3Backend(store.options)
      for (const call of [() => collect(backend.get('a')), () => backend.put('a', patternSource(500_000))]) {
        const failure = await failureOf(call())
        expect(failure, code).toMatchObject({ code: wanted, retry: 'may-help' })
        expect(failure.context['retryAfterMs'], code).toBe(retryAfterMs)
      }
      expect(store.seen.length, 'nothing is asked twice').toBe(2)
    }
  })

  test('a bucket that is elsewhere is not followed, and the answer says where it is', async () => {
    await using store = await createScriptedStore((_, response) =>
      refuse(
        response,
        301,
        'PermanentRedirect',
        { 'x-amz-bucket-region': 'eu-west-3' },
        '<Endpoint>b.s3.eu-west-3.amazonaws.com</Endpoint>'
      )
    )
    await using backend = createS3Backend(store.options)
    for (const call of [() => collect(backend.list()), () => backend.stat('a')]) {
      const failure = await failureOf(call())
      expect(failure).toMatchObject({ code: 'STORAGE_INVALID_URL', retry: 'never' })
      expect(failure.message).toContain('eu-west-3')
    }
  })

  test('archived objects are known in listings and by themselves, and asked for once', async () => {
    const listing = `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>
      <Contents><Key>cold</Key><Size>1</Size><StorageClass>GLACIER</StorageClass></Contents>
      <Contents><Key>warm</Key><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>
      <Contents><Key>thawed</Key><Size>1</Size><StorageClass>DEEP_ARCHIVE</StorageClass>
      <RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>2030-01-01T00:00:00Z</RestoreExpiryDate></RestoreStatus></Contents>
      </ListBucketResult>`
    await using store = await createScriptedStore(
      ({ method, url }, response) => {
        if (url.includes('list-type')) response.end(listing)
        else if (method === 'HEAD')
          response.writeHead(200, { 'x-amz-storage-class': 'GLACIER', 'content-length': '1' }).end()
        else if (method === 'GET') refuse(response, 403, 'InvalidObjectState')
        else refuse(response, 409, 'RestoreAlreadyInProgress')
      },
      { archiveClasses: ['GLACIER', 'DEEP_ARCHIVE'] }
    )
    await using backend = createS3Backend(store.options)
    const entries = await collect(backend.list())
    expect(Object.fromEntries(entries.map(({ path, archived }) => [path, archived]))).toEqual({
      cold: true,
      warm: false,
      thawed: false
    })
    expect((await backend.stat('cold')).archived).toBe(true)
    expect(await failureOf(collect(backend.get('cold')))).toMatchObject({
      code: 'STORAGE_ARCHIVED',
      retry: 'never'
    })
    await backend.restoreArchived('cold')
    const { url, body } = store.seen.at(-1) as SeenRequest
    expect(url).toContain('restore')
    expect(body.toString()).toContain('<Days>7</Days>')
  })

  test('an object that a store has stored otherwise is found out', async () => {
    await using store = await createScriptedStore(keepOne({ etag: `"${'0'.repeat(32)}"` }))
    await using backend = createS3Backend(store.options)
    for (const size of [1000, 1_000_000])
      expect(await failureOf(backend.put('a', patternSource(size)))).toMatchObject({
        code: 'STORAGE_CORRUPT',
        retry: 'may-help'
      })
    await using careless = createS3Backend({ ...store.options, etagIsMd5: false })
    expect((await careless.put('a', patternSource(1000))).sizeBytes).toBe(1000)
  })

  test('digests go with the content: MD5 before it where that is free or wanted, CRC-32 behind it', async () => {
    await using store = await createScriptedStore(keepOne(), { etagIsMd5: false })
    const md5 = createHash('md5')
    let crc = 0
    for await (const chunk of patternSource(1_000_000).open()) {
      md5.update(chunk)
      crc = crc32(chunk, crc)
    }
    await using exact = createS3Backend({ ...store.options, contentMd5: true })
    await exact.put('a', patternSource(1_000_000))
    expect(store.seen[0]?.headers['content-md5']).toBe(md5.digest('base64'))
    await using trailing = createS3Backend({ ...store.options, crc32: true })
    await trailing.put('a', patternSource(1_000_000))
    const { headers, body } = store.seen[2] as SeenRequest
    expect(headers['x-amz-trailer']).toBe('x-amz-checksum-crc32')
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(crc)
    expect(body.subarray(-100).toString('latin1')).toContain(
      `x-amz-checksum-crc32:${bytes.toString('base64')}`
    )
    await using small = createS3Backend(store.options)
    await small.put('a', patternSource(10))
    expect(store.seen[4]?.headers['content-md5']).toBeDefined()
  })

  test('a CRC-32 that the store has kept is a checksum, one of parts is none', async () => {
    for (const type of ['FULL_OBJECT', 'COMPOSITE']) {
      await using store = await createScriptedStore(
        (_, response) => {
          response.writeHead(200, { 'x-amz-checksum-crc32': 'AAAAAQ==', 'x-amz-checksum-type': type }).end()
        },
        { crc32: true }
      )
      await using backend = createS3Backend(store.options)
      if (type === 'FULL_OBJECT')
        expect(Buffer.from(await backend.checksum('a', 'CRC32'))).toEqual(Buffer.from([0, 0, 0, 1]))
      else expect((await failureOf(backend.checksum('a', 'CRC32'))).code).toBe('STORAGE_UNSUPPORTED')
    }
  })

  test('keys of others and markers of folders are no entries', async () => {
    const keys = ['folder/ours', 'folder/', 'folder/sub/', 'folderish', 'folder//odd', 'folder/../up']
    await using store = await createScriptedStore(
      (_, response) => {
        const items = keys.map((key) => `<Contents><Key>${key}</Key><Size>0</Size></Contents>`).join('')
        response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${items}</ListBucketResult>`)
      },
      { prefix: 'folder' }
    )
    await using backend = createS3Backend(store.options)
    expect((await collect(backend.list())).map(({ path }) => path)).toEqual(['ours'])
  })
})

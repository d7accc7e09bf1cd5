import { revealSecret } from '@tercet/interface'
import { describe, expect, test } from 'vitest'
import { createS3Backend, readS3Url, s3Scheme } from '../src/index.ts'

const NOTHING = { environment: {} }
const read = (url: string, options?: Record<string, string>) =>
  readS3Url(url, { ...NOTHING, ...(options === undefined ? {} : { options }) }).backend

describe('URLs of S3', () => {
  test('name bucket and folder; without a server it is Amazon', () => {
    expect(read('s3://my-bucket/a/b c/')).toMatchObject({ bucket: 'my-bucket', prefix: 'a/b c' })
    expect(read('s3://my-bucket').prefix).toBe('')
    expect(read('s3://my-bucket?s3-server-name=s3.amazonaws.com').endpoint).toBeUndefined()
    expect(read('s3://my-bucket').credentials).toBeUndefined()
  })

  test('take keys by all the names that are in use', () => {
    const secret = 'a/b+c=='
    const encoded = encodeURIComponent(secret)
    for (const backend of [
      read(`s3://b-1?auth-username=KEY&auth-password=${encoded}`),
      read(`s3://b-1?aws-access-key-id=KEY&aws-secret-access-key=${encoded}`),
      read('s3://b-1', { 'auth-username': 'KEY', 'auth-password': secret }),
      read('s3://b-1', { 'aws-access-key-id': 'KEY', 'aws-secret-access-key': secret }),
      readS3Url('s3://b-1', { ...NOTHING, credentials: { username: 'KEY', password: secret } }).backend,
      readS3Url('s3://b-1', { environment: { AUTH_USERNAME: 'KEY', AUTH_PASSWORD: secret } }).backend
    ]) {
      expect(backend.credentials?.accessKeyId).toBe('KEY')
      expect(revealSecret(backend.credentials?.secretAccessKey ?? '')).toBe(secret)
    }
  })

  test('tell by their host who runs the store', () => {
    const endpointOf = (url: string) => createS3Backend(read(url)).endpoint
    expect(endpointOf('s3://b-1')).toEqual({ host: 's3.amazonaws.com', provider: 'Amazon S3' })
    expect(endpointOf('s3://b-1?s3-server-name=s3.eu-north-1.amazonaws.com')).toEqual({
      host: 's3.eu-north-1.amazonaws.com',
      provider: 'Amazon S3'
    })
    expect(endpointOf('s3://b-1?s3-server-name=s3.us-west-004.backblazeb2.com')?.provider).toBe(
      'Backblaze B2'
    )
    expect(endpointOf('s3://b-1?s3-server-name=minio.lan:9000')).toEqual({ host: 'minio.lan' })
  })

  test('speak TLS unless they say otherwise', () => {
    expect(read('s3://b-1?s3-server-name=host:9000').endpoint).toBe('https://host:9000')
    expect(read('s3://b-1?s3-server-name=host:9000&use-ssl=false').endpoint).toBe('http://host:9000')
    expect(read('s3://b-1?s3-server-name=host&use-ssl').endpoint).toBe('https://host')
  })

  test('understand what Duplicati writes', () => {
    const url =
      's3://b-1/f?s3-location-constraint=eu-central-1&s3-storage-class=STANDARD_IA&s3-client=minio' +
      '&s3-ext-forcepathstyle=true&s3-list-api-version=v1&s3-disable-chunk-encoding=true&s3-recursive-list=true' +
      '&s3-object-lock-mode=compliance&s3-archive-classes=GLACIER,%20COLD'
    expect(read(url)).toMatchObject({
      region: 'eu-central-1',
      storageClass: 'STANDARD_IA',
      pathStyle: true,
      listVersion: 1,
      crc32: false,
      lockMode: 'COMPLIANCE',
      archiveClasses: ['GLACIER', 'COLD']
    })
  })

  test('with what nobody knows are refused, with the nearest name', () => {
    expect(() => read('s3://b-1?s3-server-nam=x')).toThrow(/s3-server-name/)
    expect(() => read('s3://b-1?s3-object-lock-mode=soft')).toThrow(/GOVERNANCE/)
    expect(() => read('s3:///nothing')).toThrow(expect.objectContaining({ code: 'STORAGE_INVALID_URL' }))
  })

  test('open without a word to anybody, and show no keys', async () => {
    await using backend = await s3Scheme.open('s3://KEY:hidden@b-1/f?s3-server-name=127.0.0.1:9', NOTHING)
    expect(backend.displayName).toBe('s3://b-1/f (127.0.0.1:9)')
  })
})

describe('stores that are known by their host', () => {
  const of = (endpoint: string | undefined) => {
    const { capabilities } = createS3Backend({ bucket: 'b-1', endpoint, region: 'x' })
    return capabilities
  }

  test('Amazon decides conditions, keeps a CRC-32 and has an archive', () => {
    expect(of(undefined)).toMatchObject({ conditionalPut: true, archive: true, checksums: ['MD5', 'CRC32'] })
    expect(of('https://s3.eu-west-1.amazonaws.com')).toMatchObject({ conditionalPut: true })
  })

  test('others promise what they keep', () => {
    const r2 = `https://${'0'.repeat(32)}.r2.cloudflarestorage.com`
    expect(of(r2)).toMatchObject({ conditionalPut: true, archive: false, checksums: ['MD5'] })
    expect(of('https://storage.googleapis.com')).toMatchObject({ conditionalPut: false, deleteBatchSize: 1 })
    expect(of('https://s3.us-west-004.backblazeb2.com')).toMatchObject({ conditionalPut: false })
    expect(of('https://minio.example:9000')).toMatchObject({ conditionalPut: false, deleteBatchSize: 1000 })
  })

  test('options that cannot be are refused at once', () => {
    for (const wrong of [
      { bucket: '' },
      { endpoint: 'host' },
      { partBytes: 1 },
      { listVersion: 3 as 2 },
      { bukket: 'x' }
    ])
      expect(() => createS3Backend({ bucket: 'b-1', ...wrong })).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^CONFIG_/) })
      )
  })
})

import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesSource, type StorageBackend } from '@tercet/interface'
import {
  collect,
  describeWith,
  failureOf,
  type ProftpdServer,
  patternSource,
  startProftpd,
  startVsftpd,
  type VsftpdServer,
  withSmallDisk
} from '@tercet/testkit-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aftpScheme, type FtpBackendOptions, ftpScheme, ftpsScheme, openFtpBackend } from '../src/index.ts'

const source = (text: string) => bytesSource(new TextEncoder().encode(text))

describeWith(['proftpd', 'openssl'], 'what ProFTPD answers', () => {
  let server: ProftpdServer
  beforeAll(async () => {
    server = await startProftpd()
    await mkdir(join(server.root, 'readonly'), { mode: 0o555 })
  })
  afterAll(() => server.stop())

  const open = (more: Partial<FtpBackendOptions> = {}): Promise<StorageBackend> => {
    const { host, port, username, password, home } = server
    return openFtpBackend({ host, port, username, password, path: home, ...more })
  }

  test('a wrong password, and none', async () => {
    for (const login of [{ password: 'hidden' }, { username: undefined, password: undefined }]) {
      const failure = await open(login).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'STORAGE_ACCESS_DENIED', retry: 'never' })
      expect(String(failure)).not.toContain('hidden')
    }
  })

  test('a certificate that nobody vouches for, and a wrong pin: before the password is sent', async () => {
    await expect(open({ encryption: 'explicit' })).rejects.toMatchObject({ code: 'STORAGE_UNTRUSTED' })
    const trust = { fingerprints: ['00'.repeat(32)] }
    await expect(open({ encryption: 'explicit', trust })).rejects.toMatchObject({ code: 'STORAGE_UNTRUSTED' })
  })

  test('a right pin holds for the data, too', async () => {
    await using backend = await open({
      encryption: 'explicit',
      trust: { fingerprints: [server.certificate.sha256] }
    })
    await backend.put('pinned', source('x'))
    expect((await Array.fromAsync(backend.get('pinned'))).length).toBe(1)
    expect(backend.scheme).toBe('ftps')
  })

  test('a host that does not answer', async () => {
    await expect(open({ port: 1 })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'may-help' })
    await expect(open({ host: 'no-such-host.invalid' })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE'
    })
  })

  test('a folder that is missing, one that may not be written to, and a name that is taken', async () => {
    await using missing = await open({ path: `${server.home}/missing` })
    await expect(Array.fromAsync(missing.list())).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await expect(missing.put('a', source('x'))).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    if (process.getuid?.() === 0) {
      await using readonly = await open({ path: `${server.home}/readonly` })
      await expect(readonly.put('a', source('x'))).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED' })
    }
    await using backend = await open()
    await backend.put('taken', source('x'))
    await expect(backend.createFolder('taken')).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
  })

  test('a disk that is full leaves the old object; this server does not say why it goes on no further', async () => {
    await withSmallDisk(join(server.root, 'small'), async () => {
      await using backend = await open({ path: `${server.home}/small` })
      await backend.put('object', source('old'))
      const failure = await failureOf(backend.put('object', patternSource(3_000_000)))
      expect(failure).toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'may-help' })
      expect(String(Buffer.concat(await collect(backend.get('object'))))).toBe('old')
    })
  })

  test('an upload that a crashed program left is neither shown nor accepted, and goes when it is old', async () => {
    await using backend = await open({ path: `${server.home}/crashed` })
    await backend.createFolder('')
    const folder = join(server.root, 'crashed')
    const name = `.tercet-put-${'0'.repeat(24)}.tmp`
    await writeFile(join(folder, name), 'half')
    await utimes(join(folder, name), 1, 1)
    expect(await Array.fromAsync(backend.list())).toEqual([])
    await expect(backend.stat(name)).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
    await backend.put('next', source('x'))
    await backend[Symbol.asyncDispose]()
    expect(await readdir(folder)).toEqual(['next'])
  })

  test('URLs with user, options and TLS', async () => {
    const { username, password, host, port, home, certificate } = server
    const path = `${home}/`.replace(/^\/?/, '/')
    const absolute = 'ftp-absolute-path=true'
    await using plain = await ftpScheme.open(
      `ftp://${username}:${password}@${host}:${port}${path}?${absolute}`,
      {
        environment: {}
      }
    )
    expect(plain.scheme).toBe('ftp')
    await using byVariable = await aftpScheme.open(`aftp://${username}@${host}:${port}/`, {
      environment: { FTP_PASSWORD: password }
    })
    await byVariable.put('by variable', source('x'))
    await using secure = await ftpsScheme.open(
      `ftps://${host}:${port}/?accept-specified-ssl-hash=${certificate.sha1}`,
      {
        environment: { AUTH_USERNAME: username, AUTH_PASSWORD: password }
      }
    )
    await secure.put('secure', source('x'))
  })
})

describeWith(['proftpd', 'openssl'], 'ProFTPD with limits', () => {
  test('a quota that is used up leaves the old object', async () => {
    await using server = await startProftpd({ quotaBytes: 100_000 })
    const { host, port, username, password, home: path } = server
    await using backend = await openFtpBackend({ host, port, username, password, path })
    await backend.put('object', source('old'))
    const failure = await failureOf(backend.put('object', patternSource(3_000_000)))
    expect(failure).toMatchObject({ code: 'STORAGE_FULL', retry: 'never', context: { reply: 552 } })
    expect(String(Buffer.concat(await collect(backend.get('object'))))).toBe('old')
    expect(await readdir(server.root)).toEqual(['object'])
  })

  test('a server that has too many connections may be asked again; its reply is that for a wrong password', async () => {
    await using server = await startProftpd({ directives: ['MaxClients 1'] })
    const { host, port, username, password, home: path } = server
    const options = { host, port, username, password, path }
    await using backend = await openFtpBackend(options)
    await expect(openFtpBackend(options)).rejects.toMatchObject({
      ...{ code: 'STORAGE_UNAVAILABLE', retry: 'may-help', context: { reply: 530 } }
    })
    await backend.put('object', source('x'))
  })
})

describeWith(['proftpd', 'openssl'], 'ProFTPD with TLS only', () => {
  test('implicit TLS', async () => {
    await using server = await startProftpd({ mode: 'implicit' })
    const { username, password, host, port, certificate } = server
    const pin = `accept-specified-ssl-hash=${certificate.sha256}`
    await using backend = await ftpsScheme.open(
      `ftps://${host}:${port}/?ftp-encryption-mode=implicit&${pin}`,
      {
        environment: {},
        credentials: { username, password }
      }
    )
    await backend.put('a', source('x'))
    expect((await backend.stat('a')).sizeBytes).toBe(1)
  })

  test('a plain login is refused where TLS is required', async () => {
    await using server = await startProftpd({ mode: 'required' })
    const { username, password, host, port } = server
    await expect(openFtpBackend({ username, password, host, port })).rejects.toMatchObject({
      code: 'STORAGE_ACCESS_DENIED'
    })
  })
})

describeWith(['vsftpd', 'openssl'], 'what vsftpd answers', () => {
  let server: VsftpdServer
  beforeAll(async () => {
    server = await startVsftpd()
    await mkdir(join(server.root, 'readonly'), { mode: 0o555 })
  })
  afterAll(() => server.stop())

  const open = (path: string, more: Partial<FtpBackendOptions> = {}): Promise<StorageBackend> => {
    const { host, port, username, password, home } = server
    return openFtpBackend({ host, port, username, password, path: home + path, ...more })
  }

  test('a wrong password, and a certificate that nobody vouches for', async () => {
    await expect(open('', { password: 'hidden' })).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED' })
    await expect(open('', { encryption: 'explicit' })).rejects.toMatchObject({ code: 'STORAGE_UNTRUSTED' })
  })

  test('a folder that is missing, one that may not be written to, and a name that is taken', async () => {
    await using missing = await open('/missing')
    await expect(Array.fromAsync(missing.list())).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await expect(missing.put('a', source('x'))).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await using readonly = await open('/readonly')
    const denied = { code: 'STORAGE_ACCESS_DENIED', retry: 'never' }
    await expect(readonly.put('a', source('x'))).rejects.toMatchObject(denied)
    await using backend = await open('')
    await backend.put('taken', source('x'))
    await expect(backend.createFolder('taken')).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
  })

  test('a disk that is full leaves the old object; this server does not say why it goes on no further', async () => {
    await withSmallDisk(join(server.root, 'small'), async () => {
      await using backend = await open('/small')
      await backend.put('object', source('old'))
      const failure = await failureOf(backend.put('object', patternSource(3_000_000)))
      expect(failure).toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'may-help' })
      expect(String(Buffer.concat(await collect(backend.get('object'))))).toBe('old')
    })
  })
})

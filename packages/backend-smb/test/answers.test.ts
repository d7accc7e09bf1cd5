import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesSource, type StorageBackend } from '@tercet/interface'
import {
  collect,
  describeWith,
  failureOf,
  patternBytes,
  patternSource,
  type SmbServer,
  startSmbd,
  withSmallDisk
} from '@tercet/testkit-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cifsScheme, openSmbBackend, type SmbBackendOptions, smbScheme } from '../src/index.ts'

const source = (text: string) => bytesSource(new TextEncoder().encode(text))

test('without the program, the error says where it is', async () => {
  const opening = openSmbBackend({ host: '127.0.0.1', share: 'share', executable: '/no/such/smbclient' })
  const failure = await failureOf(opening)
  expect(failure).toMatchObject({ code: 'STORAGE_UNSUPPORTED', retry: 'never' })
  expect(failure.message).toMatch(/not installed.*smbclient \(Debian/)
})

describeWith(['smbd', 'smbclient'], 'what Samba answers', () => {
  let server: SmbServer
  beforeAll(async () => {
    server = await startSmbd()
  })
  afterAll(() => server.stop())

  const open = (more: Partial<SmbBackendOptions> = {}): Promise<StorageBackend> => {
    const { host, port, username, password } = server
    return openSmbBackend({ host, port, username, password, share: 'share', ...more })
  }

  test.each([{ password: 'hidden' }, { username: 'nobody-knows' }, { username: undefined }])(
    'a login that is wrong: %j',
    async (login) => {
      const failure = await failureOf(open(login))
      expect(failure).toMatchObject({ code: 'STORAGE_ACCESS_DENIED', retry: 'never' })
      expect(failure.message).not.toContain('hidden')
    }
  )

  test('a share, a port and a host that are not there', async () => {
    await expect(open({ share: 'none' })).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await expect(open({ port: 1 })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'may-help' })
    await expect(open({ host: 'no-such-host.invalid' })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE'
    })
  })

  test('a folder that is missing, one that may not be written to, and a name that is taken', async () => {
    await using missing = await open({ path: 'missing' })
    await expect(Array.fromAsync(missing.list())).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await expect(missing.put('a', source('x'))).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await using readonly = await open({ share: 'readonly' })
    await expect(readonly.put('a', source('x'))).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED' })
    await using backend = await open()
    await backend.put('taken', source('x'))
    await expect(backend.createFolder('taken')).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
    await expect(backend.createFolder('taken/below')).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
  })

  test('a share that has too many connections may be asked again', async () => {
    await using backend = await open({ share: 'busy', maxConnections: 1 })
    await backend.put('object', source('x'))
    const failure = await failureOf(open({ share: 'busy' }))
    expect(failure).toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'may-help' })
    expect(failure.context['status']).toBe('INSUFFICIENT_RESOURCES')
  })

  test('a disk that is full leaves the old object', async () => {
    await using backend = await open({ path: 'small' })
    await withSmallDisk(join(server.root, 'small'), async () => {
      await backend.put('object', source('old'))
      const failure = await failureOf(backend.put('object', patternSource(3_000_000)))
      expect(failure).toMatchObject({ code: 'STORAGE_FULL', retry: 'never' })
      expect(Buffer.concat(await collect(backend.get('object'))).toString()).toBe('old')
      expect((await backend.quota()).totalBytes).toBeGreaterThan(0)
    })
  })

  test.each(['a:stream', 'quo"te', 'star*', 'dot.', 'space ', 'folder./a'])(
    'a name that cannot exist on a share is refused before it is sent: %j',
    async (path) => {
      await using backend = await open()
      for (const call of [
        () => backend.put(path, source('x')),
        () => backend.stat(path),
        () => backend.delete(path)
      ])
        await expect(call()).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH', context: { path } })
    }
  )

  test('names that mean something to shells and to smbclient mean only themselves', async () => {
    await using backend = await open({ path: 'odd names; !touch x' })
    await backend.createFolder('')
    for (const name of [
      '!touch x',
      '$(id)',
      '`id`',
      '%s',
      '-help',
      "quo'te",
      ' leading',
      'NT_STATUS_DISK_FULL'
    ])
      await backend.put(name, source(name))
    const names = (await Array.fromAsync(backend.list())).map(({ path }) => path)
    expect(names.sort()).toEqual((await readdir(join(server.root, 'odd names; !touch x'))).sort())
    for (const name of names) expect(String(Buffer.concat(await collect(backend.get(name))))).toBe(name)
  })

  test('an object of 40 MB, and parts of it from any place', async () => {
    const size = 40_000_000
    const content = patternBytes(0, size)
    await using backend = await open()
    await backend.put('large', bytesSource(content))
    for (const range of [{ offset: size - 100 }, { offset: 5_000_000, length: 300_000 }, { length: 10 }]) {
      const got = Buffer.concat(await collect(backend.get('large', range)))
      const { offset = 0, length = size - offset } = range
      expect(got.equals(content.subarray(offset, offset + length)), JSON.stringify(range)).toBe(true)
    }
  })

  test('a file of this machine is read by smbclient itself', async () => {
    const path = join(server.folder, 'local "file"')
    await using backend = await open()
    for (const file of [join(server.folder, 'local file'), path]) {
      await writeFile(file, 'content of a file')
      await backend.put('from file', {
        size: 17,
        open: () => source('content of a file').open(),
        localFile: { path: file, adoptable: false }
      })
      expect(await readFile(join(server.root, 'from file'), 'utf8')).toBe('content of a file')
    }
  })

  test('a source that fails leaves nothing, and the connection is used again', async () => {
    await using backend = await open({ path: 'failing', maxConnections: 1 })
    await backend.createFolder('')
    const reason = new Error('the source failed')
    const failing = {
      size: 1_000_000,
      async *open() {
        yield new Uint8Array(400_000)
        throw reason
      }
    }
    await expect(backend.put('a', failing)).rejects.toBe(reason)
    await backend.put('b', source('x'))
    await backend[Symbol.asyncDispose]()
    expect(await readdir(join(server.root, 'failing'))).toEqual(['b'])
  })

  test('an upload that a crashed program left is neither shown nor accepted, and goes when it is old', async () => {
    await using backend = await open({ path: 'crashed' })
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

  test('neither user nor password is among the arguments of a process', async () => {
    await using backend = await open({ password: server.password })
    await backend.put('a', source('x'))
    const shown = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
    const mine = shown
      .split('\n')
      .filter((line) => /^smbclient\b/.test(line) && line.includes(`${server.port}`))
    expect(mine.length).toBeGreaterThan(0)
    for (const line of mine) expect(line).not.toContain(server.password)
    expect(JSON.stringify(backend)).not.toContain(server.password)
  })

  test('a program that dies is replaced', async () => {
    const wrapper = join(server.folder, 'wrapper')
    await writeFile(wrapper, `#!/bin/sh\necho $$ >> "${server.folder}/pids"\nexec smbclient "$@"\n`)
    await chmod(wrapper, 0o755)
    await using backend = await open({ executable: wrapper, maxConnections: 1 })
    await backend.put('a', source('x'))
    const [pid] = (await readFile(join(server.folder, 'pids'), 'utf8')).split('\n')
    process.kill(Number(pid), 'SIGKILL')
    const again = async (): Promise<unknown> => await backend.stat('a')
    await again().catch((error: unknown) => expect(error).toMatchObject({ retry: 'may-help' }))
    expect(await again()).toMatchObject({ sizeBytes: 1 })
  })

  test('a share that wants encryption takes nothing without', async () => {
    await using backend = await open({ share: 'enc', encrypt: true })
    await backend.put('secret', source('x'))
    expect(await readFile(join(server.root, 'secret'), 'utf8')).toBe('x')
  })

  test('URLs with user, domain, share, folder and options', async () => {
    const { host, port, username, password } = server
    await mkdir(join(server.root, 'by url', 'ü'), { recursive: true })
    const context = { environment: { AUTH_PASSWORD: password } }
    await using smb = await smbScheme.open(
      `smb://${username}@${host}:${port}/share/by%20url/%C3%BC?auth-domain=WORKGROUP&read-buffer-size=65536&smb-encrypt`,
      context
    )
    await smb.put('a', source('x'))
    expect(smb.displayName).toBe(`smb://${host}:${port}/share/by url/ü`)
    await using cifs = await cifsScheme.open(`cifs://${host}:${port}/share/by%20url`, {
      credentials: { username, password }
    })
    expect((await Array.fromAsync(cifs.list())).map(({ path }) => path)).toEqual(['ü/a'])
  })
})

test.each([
  ['smb://host', /host\/share\/folder/],
  ['smb://host/', /host\/share\/folder/],
  ['smb://host/sh%22are/a', /host\/share\/folder/],
  ['smb://host:0/share', /port/],
  ['smb://host/share?transport=carrier-pigeon', /transport.*directtcp/],
  ['smb://host/share?auth-domian=X', /did you mean "auth-domain"/],
  ['smb://host/share?smb-timeout=0', /smb-timeout/],
  ['smb://host/share?read-buffer-size=many', /read-buffer-size/]
])('a URL that cannot be understood: %s', async (url, problem) => {
  const failure = await failureOf((async () => await smbScheme.open(url, { environment: {} }))())
  expect(failure.code).toBe('STORAGE_INVALID_URL')
  expect(failure.message).toMatch(problem)
})

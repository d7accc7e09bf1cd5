import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesSource, type StorageBackend } from '@tercet/interface'
import {
  collect,
  createServerFolder,
  describeWith,
  failureOf,
  type ProftpdServer,
  patternSource,
  programPath,
  type SshServer,
  startProftpd,
  startServer,
  startSshd,
  withSmallDisk
} from '@tercet/testkit-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSftpBackend, type SftpBackendOptions, sftpScheme, sshScheme } from '../src/index.ts'

const source = (text: string) => bytesSource(new TextEncoder().encode(text))

describeWith(['sshd', 'ssh-keygen', 'ssh-agent', 'ssh-add'], 'what OpenSSH answers', () => {
  let server: SshServer
  beforeAll(async () => {
    server = await startSshd()
  })
  afterAll(() => server.stop())

  const open = (more: Partial<SftpBackendOptions> = {}): Promise<StorageBackend> =>
    openSftpBackend({
      host: server.host,
      port: server.port,
      path: server.root,
      username: server.username,
      privateKey: readFileSync(server.keyFile, 'utf8'),
      hostKeys: [server.hostKeyFingerprint],
      ...more
    })

  test('a host key that is not known is refused, and told', async () => {
    for (const hostKeys of [[`SHA256:${'A'.repeat(43)}`], ['00'.repeat(16)]]) {
      const failure = await open({ hostKeys }).catch((error: unknown) => error)
      expect(failure).toMatchObject({
        code: 'STORAGE_UNTRUSTED',
        retry: 'never',
        context: { fingerprint: server.hostKeyFingerprint }
      })
    }
    await expect(open({ hostKeys: undefined, knownHostsFile: '/nowhere' })).rejects.toMatchObject({
      code: 'STORAGE_UNTRUSTED'
    })
  })

  test('a host key is known by its fingerprint, as a whole, and by a file', async () => {
    const file = join(server.root, '..', 'known_hosts')
    await writeFile(file, `# hosts\n[${server.host}]:${server.port} ssh-ed25519 ${server.hostKey}\n`)
    for (const more of [
      { hostKeys: [`ssh-ed25519 256 ${server.hostKeyFingerprint}`] },
      { hostKeys: [`ssh-ed25519 ${server.hostKey}`] },
      { hostKeys: undefined, knownHostsFile: file },
      { hostKeys: undefined, acceptAnyHostKey: true }
    ])
      await (await open(more))[Symbol.asyncDispose]()
    await writeFile(file, `@revoked [${server.host}]:${server.port} ssh-ed25519 ${server.hostKey}\n`, {
      flag: 'a'
    })
    await expect(open({ hostKeys: undefined, knownHostsFile: file })).rejects.toMatchObject({
      code: 'STORAGE_UNTRUSTED'
    })
  })

  test('a wrong user, a wrong key, a key whose passphrase is missing or wrong', async () => {
    const encrypted = readFileSync(server.encryptedKeyFile, 'utf8')
    await expect(open({ username: 'nobody-at-all' })).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED' })
    await expect(open({ privateKey: undefined, password: 'hidden' })).rejects.toMatchObject({
      code: 'STORAGE_ACCESS_DENIED',
      message: expect.not.stringContaining('hidden')
    })
    for (const keyPassphrase of [undefined, 'hidden'])
      await expect(open({ privateKey: encrypted, keyPassphrase })).rejects.toMatchObject({
        code: 'STORAGE_ACCESS_DENIED',
        message: expect.not.stringContaining('hidden')
      })
    await using right = await open({ privateKey: encrypted, keyPassphrase: server.keyPassphrase })
    await right.put('by key', source('x'))
  })

  test('a host that does not answer', async () => {
    await expect(open({ port: 1 })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'may-help' })
    await expect(open({ host: 'no-such-host.invalid' })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE'
    })
  })

  test('a folder that is missing, and a name that is taken', async () => {
    await using missing = await open({ path: join(server.root, 'missing') })
    await expect(Array.fromAsync(missing.list())).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await expect(missing.put('a', source('x'))).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
    await using backend = await open()
    await backend.put('taken', source('x'))
    await expect(backend.createFolder('taken')).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
    await expect(backend.createFolder('taken/below')).rejects.toMatchObject({
      code: expect.stringMatching(/INVALID_PATH|NOT_FOUND/)
    })
    await expect(backend.put('taken', source('y'), { ifAbsent: true })).rejects.toMatchObject({
      code: 'STORAGE_EXISTS'
    })
  })

  test('an upload that a crashed program left is neither shown nor accepted, and goes when it is old', async () => {
    const folder = join(server.root, 'crashed')
    await mkdir(folder)
    const name = `.tercet-put-${'0'.repeat(24)}.tmp`
    await writeFile(join(folder, name), 'half')
    await utimes(join(folder, name), 1, 1)
    const backend = await open({ path: folder })
    expect(await Array.fromAsync(backend.list())).toEqual([])
    await expect(backend.stat(name)).rejects.toMatchObject({ code: 'STORAGE_INVALID_PATH' })
    await backend.put('next', source('x'))
    await backend[Symbol.asyncDispose]()
    expect(await readdir(folder)).toEqual(['next'])
  })

  test('a key that only the agent has, which signs and does not give it away', async () => {
    const socket = join(server.folder, 'agent')
    await using _ = await startServer({
      name: 'ssh-agent',
      folder: await createServerFolder('agent'),
      command: [programPath('ssh-agent'), '-D', '-a', socket],
      ready: { output: /SSH_AUTH_SOCK=/ }
    })
    execFileSync(programPath('ssh-add'), ['-q', server.keyFile], { env: { SSH_AUTH_SOCK: socket } })
    const url = `sftp://${server.username}@${server.host}:${server.port}${server.root}`
    for (const [agent, environment] of [
      [socket, {}],
      ['true', { SSH_AUTH_SOCK: socket }]
    ] as const) {
      const options = { 'ssh-agent': agent, 'ssh-fingerprint': server.hostKeyFingerprint }
      await using backend = await sftpScheme.open(url, { environment, options })
      await backend.put('by agent', source('x'))
    }
    execFileSync(programPath('ssh-add'), ['-q', '-D'], { env: { SSH_AUTH_SOCK: socket }, stdio: 'ignore' })
    await expect(open({ privateKey: undefined, agent: socket })).rejects.toMatchObject({
      code: 'STORAGE_ACCESS_DENIED'
    })
  })

  test('a disk that is full leaves the old object', async () => {
    const path = join(server.root, 'small')
    await withSmallDisk(path, async () => {
      await using backend = await open({ path })
      await backend.put('object', source('old'))
      const failure = await failureOf(backend.put('object', patternSource(3_000_000)))
      expect(failure).toMatchObject({ code: 'STORAGE_FULL', retry: 'never' })
      expect(String(Buffer.concat(await collect(backend.get('object'))))).toBe('old')
    })
  })

  test('URLs with a key file, an inline key, a pin, and a relative path', async () => {
    const host = `${server.username}@${server.host}:${server.port}`
    const pin = `ssh-fingerprint=${encodeURIComponent(server.hostKeyFingerprint)}`
    const environment = {}
    await using byFile = await sftpScheme.open(
      `sftp://${host}${server.root}?${pin}&ssh-keyfile=${server.keyFile}`,
      {
        environment
      }
    )
    expect(byFile.displayName).toBe(`sftp://${server.host}:${server.port}${server.root}`)
    const key = encodeURIComponent(readFileSync(server.keyFile, 'utf8'))
    await using inline = await sshScheme.open(`ssh://${host}${server.root}?${pin}`, {
      environment,
      options: { 'ssh-key': `sshkey://${key}` }
    })
    await inline.put('inline', source('x'))
    await using encrypted = await sshScheme.open(`ssh://${host}/?${pin}&ssh-relative-path`, {
      environment,
      options: { 'ssh-keyfile': server.encryptedKeyFile },
      credentials: { password: server.keyPassphrase }
    })
    await encrypted.quota()
    for (const wrong of ['ssh-fingerprint=x', 'ssh-keyfile=/nowhere', 'ssh-agent', 'ssh-nothing=1'])
      await expect(
        Promise.resolve().then(() => sftpScheme.open(`sftp://${host}/?${wrong}`, { environment }))
      ).rejects.toMatchObject({
        code: 'STORAGE_INVALID_URL'
      })
  })
})

describeWith(['proftpd', 'openssl', 'ssh-keygen'], 'what ProFTPD answers', () => {
  let server: ProftpdServer
  beforeAll(async () => {
    server = await startProftpd({ mode: 'sftp' })
  })
  afterAll(() => server.stop())

  const url = (): string => `sftp://${server.username}@${server.host}:${server.port}${server.home}/`
  const options = { 'ssh-accept-any-fingerprints': 'true' }

  test('a password that is right, wrong, and given by a program', async () => {
    const wrong = sftpScheme.open(url(), { environment: { AUTH_PASSWORD: 'hidden' }, options })
    await expect(wrong).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED' })
    await using right = await sftpScheme.open(url(), {
      environment: { AUTH_PASSWORD: server.password },
      options
    })
    await right.put('a', source('x'))
    const program = join(server.folder, 'askpass')
    writeFileSync(program, `#!/bin/sh\necho '${server.password}'\n`)
    chmodSync(program, 0o755)
    await using asked = await sftpScheme.open(url(), {
      environment: {},
      options: { ...options, 'ssh-askpass': program }
    })
    expect((await asked.stat('a')).sizeBytes).toBe(1)
  })

  test('a folder that may not be written to', async () => {
    if (process.getuid?.() !== 0) return // the server is then the same user as the owner of the folder
    mkdirSync(join(server.root, 'readonly'), { mode: 0o555 })
    await using backend = await sftpScheme.open(`${url()}readonly`, {
      environment: { AUTH_PASSWORD: server.password },
      options
    })
    const failure = await failureOf(backend.put('a', source('x')))
    expect(failure).toMatchObject({ code: 'STORAGE_ACCESS_DENIED', retry: 'never' })
  })

  test('a disk that is full leaves the old object', async () => {
    await withSmallDisk(join(server.root, 'small'), async () => {
      await using backend = await sftpScheme.open(`${url()}small`, {
        environment: { AUTH_PASSWORD: server.password },
        options
      })
      await backend.put('object', source('old'))
      const failure = await failureOf(backend.put('object', patternSource(3_000_000)))
      expect(failure).toMatchObject({ code: 'STORAGE_FULL', retry: 'never' })
      expect(String(Buffer.concat(await collect(backend.get('object'))))).toBe('old')
    })
  })
})

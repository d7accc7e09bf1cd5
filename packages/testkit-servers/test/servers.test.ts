import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  describeWith,
  runProgram,
  startApache,
  startNginx,
  startProftpd,
  startSmbd,
  startSshd
} from '../src/index.ts'

/** The first line that a server says. */
async function greeting(port: number): Promise<string> {
  const socket: Socket = connect({ port, host: '127.0.0.1' })
  const line = await new Promise<string>((resolve, reject) => {
    socket.once('data', (data) => resolve(String(data)))
    socket.once('error', reject)
  })
  socket.destroy()
  return line
}

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

describeWith(['apache2', 'openssl'], 'Apache', () => {
  test('stores for those who log in, and has its troubles', async () => {
    await using server = await startApache()
    const url = `http://127.0.0.1:${server.port}`
    expect((await fetch(url)).status).toBe(401)
    const headers = { authorization: basic(server.username, server.password) }
    expect((await fetch(`${url}/a`, { method: 'PUT', body: 'content', headers })).status).toBe(201)
    expect(await readFile(join(server.root, 'a'), 'utf8')).toBe('content')
    const status = async (path: string): Promise<number> =>
      (await fetch(url + path, { headers, redirect: 'manual' })).status
    expect(
      await Promise.all(['/forbidden/a', '/redirect/a', '/away/a', '/full/a', '/busy/a'].map(status))
    ).toEqual([403, 307, 307, 507, 503])
    expect((await fetch(`${url}/busy/a`, { headers })).headers.get('retry-after')).toBe('7')
    expect((await fetch(`${url}/digest/`)).headers.get('www-authenticate')).toMatch(/^Digest /)
  })
})

describeWith(['nginx', 'openssl'], 'nginx', () => {
  test('stores for those who log in', async () => {
    await using server = await startNginx()
    const headers = { authorization: basic(server.username, server.password) }
    const url = `http://127.0.0.1:${server.port}/a`
    expect((await fetch(url, { method: 'PUT', body: 'content', headers })).status).toBe(201)
    expect(await (await fetch(url, { headers })).text()).toBe('content')
  })
})

describeWith(['proftpd', 'openssl', 'ssh-keygen'], 'ProFTPD', () => {
  test('speaks FTP, and SFTP where it is asked to', async () => {
    await using ftp = await startProftpd()
    expect(await greeting(ftp.port)).toMatch(/^220 /)
    await using sftp = await startProftpd({ mode: 'sftp' })
    expect(await greeting(sftp.port)).toMatch(/^SSH-2\.0-/)
  })
})

describeWith(['sshd', 'ssh-keygen'], 'sshd', () => {
  test('answers and tells its host key', async () => {
    await using server = await startSshd()
    expect(await greeting(server.port)).toMatch(/^SSH-2\.0-OpenSSH/)
    expect(server.hostKeyFingerprint).toMatch(/^SHA256:/)
  })
})

describeWith(['smbd', 'smbclient'], 'Samba', () => {
  test('shows its shares', async () => {
    await using server = await startSmbd()
    const args = ['-p', String(server.port), '-m', 'SMB3', '-U', `${server.username}%${server.password}`]
    const shown = await runProgram('smbclient', [...args, '-g', '-L', '127.0.0.1'])
    expect(shown).toMatch(/Disk\|share\|/)
    expect(shown).toMatch(/Disk\|enc\|/)
  })
})

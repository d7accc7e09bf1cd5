import { readFileSync } from 'node:fs'
import { describeWith, startProftpd, startSshd } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { openSftpBackend } from '../src/index.ts'

describeWith(['sshd', 'ssh-keygen'], 'OpenSSH with limits', () => {
  test('one that opens no channel may be asked again', async () => {
    await using server = await startSshd(['MaxSessions 0'])
    const { host, port, username, keyFile, hostKey } = server
    const privateKey = readFileSync(keyFile, 'utf8')
    const opening = openSftpBackend({ host, port, username, privateKey, hostKeys: [hostKey] })
    await expect(opening).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'may-help' })
  })

  test('a user who is not let in is told so', async () => {
    await using server = await startSshd(['DenyUsers *'])
    const { host, port, username, keyFile, hostKey } = server
    const privateKey = readFileSync(keyFile, 'utf8')
    const opening = openSftpBackend({ host, port, username, privateKey, hostKeys: [hostKey] })
    await expect(opening).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED', retry: 'never' })
  })
})

describeWith(['proftpd', 'openssl', 'ssh-keygen'], 'ProFTPD with limits', () => {
  test('one that has too many connections may be asked again', async () => {
    await using server = await startProftpd({ mode: 'sftp', directives: ['MaxClients 1'] })
    const { host, port, username, password, home: path } = server
    const options = { host, port, username, password, path, acceptAnyHostKey: true }
    await using backend = await openSftpBackend(options)
    await expect(openSftpBackend(options)).rejects.toMatchObject({
      ...{ code: 'STORAGE_UNAVAILABLE', retry: 'may-help', context: { reason: 12 } }
    })
    expect(backend.scheme).toBe('sftp')
  })
})

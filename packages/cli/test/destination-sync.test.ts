import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describeWith, startApache, startProftpd, startSmbd, startSshd } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

describeWith(
  ['sshd', 'ssh-keygen', 'apache2', 'openssl', 'proftpd', 'smbd', 'smbclient'],
  'the program from protocol to protocol',
  () => {
    test('a backup on SFTP is synced to WebDAV, from there to SMB, from there to FTP, and restored from each', async () => {
      await using ssh = await startSshd()
      await using dav = await startApache()
      await using smb = await startSmbd()
      await using ftp = await startProftpd()
      const pin = encodeURIComponent(ssh.hostKeyFingerprint)
      const places = [
        `sftp://${ssh.username}@${ssh.host}:${ssh.port}${ssh.root}/one?ssh-keyfile=${ssh.keyFile}&ssh-fingerprint=${pin}`,
        `webdav://${dav.username}:${dav.password}@${dav.host}:${dav.port}/two`,
        `smb://${smb.username}:${smb.password}@${smb.host}:${smb.port}/share/three`,
        `ftp://${ftp.username}:${ftp.password}@${ftp.host}:${ftp.port}/four`
      ] as const
      using place = new Workplace({ 'a.txt': 'alpha', 'sub/b.txt': 'beta' })
      const run = async (...argv: string[]): Promise<void> => {
        const { exitCode, out, error } = await place.run(...argv)
        expect(exitCode, `${argv[0]}: ${out}${error}`).toBe(0)
      }
      const replicate = async (): Promise<void> => {
        for (const [index, from] of places.slice(0, -1).entries())
          await run('sync', from, places[index + 1] as string, '--yes')
      }
      await run('backup', places[0], place.source, '--workers=0')
      await replicate()
      place.write('a.txt', 'alpha, changed')
      await run('backup', places[0], place.source, '--workers=0')
      await replicate()
      rmSync(place.path('data'), { recursive: true })
      for (const [index, url] of places.entries()) {
        for (const [version, text] of ['alpha, changed', 'alpha'].entries()) {
          const target = `${place.restored}-${index}-${version}`
          await run('restore', url, `--restore-path=${target}`, `--version=${version}`, '--workers=0')
          expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe(text)
          expect(readFileSync(join(target, 'sub/b.txt'), 'utf8')).toBe('beta')
        }
      }
    }, 120_000)
  }
)

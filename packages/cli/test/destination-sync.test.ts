import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CEPH_PROGRAMS,
  describeWith,
  SWIFT_PROGRAMS,
  startApache,
  startAzurite,
  startCeph,
  startProftpd,
  startSmbd,
  startSshd,
  startSwift
} from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

/** Two versions are backed up to the first place, each is synced from place to place, and both are restored from each. */
async function expectReplicated(place: Workplace, places: readonly [string, ...string[]]): Promise<void> {
  const run = async (...argv: string[]): Promise<void> => {
    const { exitCode, out, error } = await place.run(...argv)
    expect(exitCode, `${argv[0]}: ${out}${error}`).toBe(0)
  }
  const backUp = async (): Promise<void> => {
    await run('backup', places[0], place.source, '--workers=0')
    for (const [index, from] of places.slice(0, -1).entries())
      await run('sync', from, places[index + 1] as string, '--yes')
  }
  await backUp()
  place.write('a.txt', 'alpha, changed')
  await backUp()
  rmSync(place.path('data'), { recursive: true })
  for (const [index, url] of places.entries()) {
    for (const [version, text] of ['alpha, changed', 'alpha'].entries()) {
      const target = `${place.restored}-${index}-${version}`
      await run('restore', url, `--restore-path=${target}`, `--version=${version}`, '--workers=0')
      expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe(text)
      expect(readFileSync(join(target, 'sub/b.txt'), 'utf8')).toBe('beta')
    }
  }
}

const FILES = { 'a.txt': 'alpha', 'sub/b.txt': 'beta' }

describeWith(
  ['sshd', 'ssh-keygen', 'apache2', 'openssl', 'proftpd', 'smbd', 'smbclient'],
  'the program from protocol to protocol of files',
  () => {
    test('a backup on SFTP is synced to WebDAV, from there to SMB, from there to FTP, and restored from each', async () => {
      await using ssh = await startSshd()
      await using dav = await startApache()
      await using smb = await startSmbd()
      await using ftp = await startProftpd()
      const pin = encodeURIComponent(ssh.hostKeyFingerprint)
      using place = new Workplace(FILES)
      await expectReplicated(place, [
        `sftp://${ssh.username}@${ssh.host}:${ssh.port}${ssh.root}/one?ssh-keyfile=${ssh.keyFile}&ssh-fingerprint=${pin}`,
        `webdav://${dav.username}:${dav.password}@${dav.host}:${dav.port}/two`,
        `smb://${smb.username}:${smb.password}@${smb.host}:${smb.port}/share/three`,
        `ftp://${ftp.username}:${ftp.password}@${ftp.host}:${ftp.port}/four`
      ])
    }, 120_000)
  }
)

describeWith(
  [...CEPH_PROGRAMS, ...SWIFT_PROGRAMS, 'rclone'],
  'the program from protocol to protocol of objects',
  () => {
    test('a backup on S3 is synced to Azure, from there to Swift, from there to rclone, and restored from each', async () => {
      await using ceph = await startCeph()
      await using azurite = await startAzurite()
      await using swift = await startSwift()
      using place = new Workplace(FILES)
      const configFile = place.path('rclone.conf')
      mkdirSync(place.path('box'))
      writeFileSync(configFile, `[box]\ntype = alias\nremote = ${place.path('box')}\n`)
      const query = (options: Record<string, string>): string => `?${new URLSearchParams(options)}`
      const s3 = query({
        's3-server-name': `127.0.0.1:${ceph.port}`,
        'use-ssl': 'false',
        'auth-username': ceph.accessKeyId,
        'auth-password': ceph.secretAccessKey,
        's3-create-bucket': 'true'
      })
      const azure = query({
        'azure-endpoint': azurite.endpoint,
        'azure-account-name': azurite.account,
        'azure-access-key': azurite.accountKey,
        'azure-create-container': 'true'
      })
      const openstack = query({
        'openstack-authuri': swift.authUrl,
        'openstack-version': 'v1',
        'openstack-create-container': 'true',
        'auth-username': swift.username,
        'auth-password': swift.password
      })
      const rclone = query({ 'rclone-config-file': configFile, 'rclone-create-folder': 'true' })
      await expectReplicated(place, [
        `s3://one/a${s3}`,
        `azure://two/b${azure}`,
        `openstack://three/c${openstack}`,
        `rclone://box/four${rclone}`
      ])
    }, 120_000)
  }
)

import { mkdirSync, writeFileSync } from 'node:fs'
import { s3Scheme } from '@tercet/backend-s3'
import { type Backup, type OpenBackupOptions, openBackup } from '@tercet/sdk'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { CEPH_PROGRAMS, describeWith, startCeph } from '@tercet/testkit-servers'
import { expect, test } from 'vitest'
import { roundTrip } from './support/destination-round-trip.ts'

const DAY = 86_400_000

describeWith(CEPH_PROGRAMS, 'the program on S3', () => {
  test('backs up to a bucket that it makes, and restores both versions', async () => {
    await using ceph = await startCeph()
    const server = encodeURIComponent(`localhost:${ceph.securePort}`)
    await roundTrip(
      `s3://backups/laptop one?s3-server-name=${server}`,
      `--auth-username=${ceph.accessKeyId}`,
      `--auth-password=${ceph.secretAccessKey}`,
      `--accept-specified-ssl-hash=${ceph.certificate.sha256}`,
      '--s3-create-bucket=true'
    )
    await using folder = await createTemporaryFolder('tercet-s3-')
    mkdirSync(folder.join('source'))
    writeFileSync(folder.join('source/a.txt'), 'alpha')
    const sources = [folder.join('source')]
    const open = (bucket: string, options: Record<string, string>, more: Partial<OpenBackupOptions>) =>
      openBackup({
        destination: `s3://${bucket}/laptop`,
        backends: [s3Scheme],
        backendOptions: {
          's3-server-name': `localhost:${ceph.securePort}`,
          'accept-specified-ssl-hash': ceph.certificate.sha256,
          's3-create-bucket': 'true',
          ...options
        },
        credentials: { username: ceph.accessKeyId, password: ceph.secretAccessKey },
        encryption: 'none',
        catalogPath: folder.join(`${bucket}.sqlite`),
        workers: 0,
        ...more
      })
    await leaseKeepsOthersOut((catalog) =>
      open('leased', { 's3-conditional-put': 'true' }, { lease: true, catalogPath: folder.join(catalog) })
    )
    await locksKeepVersions((lockDurationMs) =>
      open('locked', { 's3-object-lock-mode': 'governance' }, { lockDurationMs })
    )

    async function leaseKeepsOthersOut(openWith: (catalog: string) => Promise<Backup>): Promise<void> {
      let second: Promise<unknown> | undefined
      const runSecond = async () => {
        await using backup = await openWith('second.sqlite')
        return await backup.run({ sources })
      }
      await using backup = await openWith('first.sqlite')
      const onVolumeStored = async () => {
        second ??= runSecond()
        await second.catch(() => {})
      }
      expect(await backup.run({ sources, onVolumeStored })).toMatchObject({ outcome: 'success', issues: [] })
      await expect(second).rejects.toMatchObject({ code: 'LEASE_HELD' })
      expect(await runSecond()).toMatchObject({ outcome: 'success', hasChanges: false })
    }

    async function locksKeepVersions(openFor: (lockDurationMs: number) => Promise<Backup>): Promise<void> {
      {
        await using backup = await openFor(DAY)
        expect(await backup.run({ sources })).toMatchObject({
          outcome: 'success',
          locks: { volumes: 3, extended: 0 }
        })
      }
      await using backup = await openFor(2 * DAY)
      expect(await backup.run({ sources })).toMatchObject({
        hasChanges: false,
        locks: { volumes: 3, extended: 3 }
      })
      writeFileSync(folder.join('source/a.txt'), 'beta')
      await backup.run({ sources })
      expect(await backup.delete({ keepVersions: 1 })).toMatchObject({
        deleted: [],
        issues: [{ code: 'DELETE_VERSION_LOCKED' }]
      })
    }
  })
})

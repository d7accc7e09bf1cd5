import { CEPH_PROGRAMS, describeWith, startCeph } from '@tercet/testkit-servers'
import { test } from 'vitest'
import { roundTrip } from './support/destination-round-trip.ts'

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
  })
})

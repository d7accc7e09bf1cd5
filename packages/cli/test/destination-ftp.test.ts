import { describeWith, startProftpd } from '@tercet/testkit-servers'
import { test } from 'vitest'
import { roundTrip } from './support/destination-round-trip.ts'

describeWith(['proftpd', 'openssl'], 'the program on FTP', () => {
  test('backs up to a folder that it makes, over TLS, and restores both versions', async () => {
    await using server = await startProftpd()
    await roundTrip(
      `ftps://${server.host}:${server.port}${server.home}/laptop%20one?ftp-absolute-path=true`,
      `--auth-username=${server.username}`,
      `--auth-password=${server.password}`,
      `--accept-specified-ssl-hash=${server.certificate.sha256}`
    )
  })
})

import { describeWith, startApache } from '@tercet/testkit-servers'
import { test } from 'vitest'
import { roundTrip } from './support/destination-round-trip.ts'

describeWith(['apache2', 'openssl'], 'the program on WebDAV', () => {
  test('backs up to a folder that it makes, and restores both versions', async () => {
    await using server = await startApache()
    await roundTrip(
      `webdavs://127.0.0.1:${server.tlsPort}/backups/laptop%20one`,
      `--auth-username=${server.username}`,
      `--auth-password=${server.password}`,
      `--accept-specified-ssl-hash=${server.certificate.sha256}`
    )
  })
})

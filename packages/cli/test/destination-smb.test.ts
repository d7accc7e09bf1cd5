import { describeWith, startSmbd } from '@tercet/testkit-servers'
import { test } from 'vitest'
import { roundTrip } from './support/destination-round-trip.ts'

describeWith(['smbd', 'smbclient'], 'the program on SMB', () => {
  test('backs up to a folder that it makes, and restores both versions', async () => {
    await using server = await startSmbd()
    await roundTrip(
      `smb://${server.host}:${server.port}/share/laptop%20one`,
      `--auth-username=${server.username}`,
      `--auth-password=${server.password}`
    )
  }, 60_000)
})

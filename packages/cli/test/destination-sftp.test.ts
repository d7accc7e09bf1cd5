import { describeWith, startSshd } from '@tercet/testkit-servers'
import { test } from 'vitest'
import { roundTrip } from './support/destination-round-trip.ts'

describeWith(['sshd', 'ssh-keygen'], 'the program on SFTP', () => {
  test('backs up to a folder that it makes, and restores both versions', async () => {
    await using server = await startSshd()
    await roundTrip(
      `sftp://${server.host}:${server.port}${server.root}/laptop%20one`,
      `--auth-username=${server.username}`,
      `--ssh-keyfile=${server.keyFile}`,
      `--ssh-fingerprint=${server.hostKeyFingerprint}`
    )
  })
})

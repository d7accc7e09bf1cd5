import { describeWith, SWIFT_PROGRAMS, startSwift } from '@tercet/testkit-servers'
import { test } from 'vitest'
import { roundTrip } from './support/destination-round-trip.ts'

describeWith(SWIFT_PROGRAMS, 'the program on Swift', () => {
  test('backs up to a container that it makes, and restores both versions', async () => {
    await using swift = await startSwift()
    await roundTrip(
      `openstack://backups/laptop one?openstack-authuri=${encodeURIComponent(swift.authUrl)}`,
      `--auth-username=${swift.username}`,
      `--auth-password=${swift.password}`,
      '--openstack-version=v1',
      '--openstack-create-container=true'
    )
  })
})

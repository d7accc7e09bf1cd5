import { startAzurite } from '@tercet/testkit-servers'
import { describe, test } from 'vitest'
import { roundTrip } from './support/destination-round-trip.ts'

describe('the program on Azure', () => {
  test('backs up to a container that it makes, and restores both versions', async () => {
    await using azurite = await startAzurite()
    await roundTrip(
      `azure://backups/laptop one?azure-endpoint=${encodeURIComponent(azurite.endpoint)}`,
      `--azure-account-name=${azurite.account}`,
      `--azure-access-key=${azurite.accountKey}`,
      '--azure-create-container=true'
    )
  })
})

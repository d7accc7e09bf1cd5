import type { BackendScheme, OpenBackupOptions } from '@tercet/sdk'
import { backendsOf } from './backends.ts'

/** The backends of the places that a configuration of replication names. */
export async function backendsOfReplicas({
  syncConfiguration,
  destination
}: OpenBackupOptions): Promise<readonly BackendScheme[]> {
  if (syncConfiguration === undefined) return []
  const { readSyncConfiguration } = await import('@tercet/sdk/policy')
  const primaryUrl = typeof destination === 'string' ? destination : undefined
  const { destinations } = readSyncConfiguration(syncConfiguration, { primaryUrl })
  return await backendsOf(destinations.map(({ url }) => url.trim()))
}

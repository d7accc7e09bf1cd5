import type { CatalogReader } from '@tercet/core'

/** How the newest volumes of the destination are encrypted; undefined while there are none. */
export function presentEncryption(catalog: CatalogReader): 'aes' | 'gpg' | undefined {
  const newest = catalog.filesets.versions()[0]
  const volume = newest?.volumeId === undefined ? undefined : catalog.volumes.byId(newest.volumeId)
  return volume?.name.endsWith('.gpg') === true
    ? 'gpg'
    : volume?.name.endsWith('.aes') === true
      ? 'aes'
      : undefined
}

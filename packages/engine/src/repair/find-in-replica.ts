import { type CatalogReader, openStoredVolume } from '@tercet/core'
import type { AesCryptKeyring } from '@tercet/crypto'
import { type CallOptions, isTercetError, type StorageBackend } from '@tercet/interface'
import { type DindexReader, parseVolumeName } from '@tercet/volume-format'
import type { StoredSettings } from '../common/stored-settings.ts'
import { listDestination, VolumeFetcher } from '../common/volume-fetcher.ts'
import { findInVolume } from './find-in-volume.ts'
import type { WantedBlocks } from './wanted-blocks.ts'

export interface FindInReplicaOptions extends CallOptions {
  readonly catalog: CatalogReader
  readonly settings: StoredSettings
  readonly keyring: AesCryptKeyring | undefined
  readonly spoolFolder: string | undefined
}

/**
 * Takes blocks from volumes of a replica that the destination does not have under these names, as a replica has them that
 * was not synchronised since a compaction. Its indexes tell which volumes are worth fetching; those that no index
 * describes come last.
 */
export async function findInReplica(
  replica: StorageBackend,
  wanted: WantedBlocks,
  { catalog, settings, keyring, spoolFolder, signal }: FindInReplicaOptions
): Promise<void> {
  const dindexes: string[] = []
  const dblocks = new Set<string>()
  for (const name of (await listDestination(replica, { signal })).keys()) {
    const state = catalog.volumes.byName(name)?.state
    // What the destination counts on was looked at under its name.
    if (state === 'uploaded' || state === 'verified') continue
    const type = parseVolumeName(name, { prefix: settings.prefix })?.type
    if (type === 'dindex') dindexes.push(name)
    if (type === 'dblock') dblocks.add(name)
  }
  using fetcher = new VolumeFetcher(replica, spoolFolder)
  const { blocksize, blockHash, fileHash } = settings
  const how = { settings: { blocksize, blockHash, fileHash }, keyring }
  const take = async (name: string): Promise<void> => {
    if (dblocks.delete(name) && wanted.left > 0)
      await findInVolume(fetcher, name, wanted, { settings, keyring, signal })
  }
  for (const name of dindexes) {
    if (wanted.left === 0) return
    const described = new Map<string, boolean>()
    try {
      using fetched = await fetcher.fetch(name, { signal })
      using reader = await openStoredVolume({ path: fetched.path, name, ...how })
      if (reader.type === 'dindex') whatItDescribes(reader, wanted, described)
    } catch (error) {
      signal?.throwIfAborted()
      if (!isTercetError(error) || error.code === 'CRYPTO_NO_PASSPHRASE') throw error
    }
    for (const [dblock, isUseful] of described)
      if (isUseful) await take(dblock)
      else dblocks.delete(dblock)
  }
  for (const name of [...dblocks]) await take(name)
}

/** Volumes, and whether they have a block that is wanted. */
function whatItDescribes(reader: DindexReader, wanted: WantedBlocks, described: Map<string, boolean>): void {
  for (const { name, hashes, count } of reader.volumes()) {
    const width = hashes.length / count
    let isUseful = false
    for (let at = 0; at < hashes.length && !isUseful; at += width) isUseful = wanted.isWanted(hashes, at)
    described.set(name, isUseful)
  }
}

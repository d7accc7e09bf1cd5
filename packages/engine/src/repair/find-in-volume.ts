import { openStoredVolume } from '@tercet/core'
import type { AesCryptKeyring } from '@tercet/crypto'
import { type CallOptions, isTercetError } from '@tercet/interface'
import type { StoredSettings } from '../common/stored-settings.ts'
import type { VolumeFetcher } from '../common/volume-fetcher.ts'
import type { WantedBlocks } from './wanted-blocks.ts'

/** Takes what is sound of a volume that is damaged, or of a copy of it. One that gives nothing is no failure. */
export async function findInVolume(
  fetcher: VolumeFetcher,
  name: string,
  wanted: WantedBlocks,
  how: CallOptions & {
    readonly settings: StoredSettings
    readonly keyring: AesCryptKeyring | undefined
  }
): Promise<void> {
  const { settings, keyring, signal } = how
  const { blocksize, blockHash, fileHash } = settings
  try {
    using fetched = await fetcher.fetch(name, { signal })
    using reader = await openStoredVolume({
      path: fetched.path,
      name,
      keyring,
      settings: { blocksize, blockHash, fileHash }
    })
    if (reader.type !== 'dblock') return
    for (let block = 0; block < reader.count; block++) {
      const hash = reader.hashAt(block).slice()
      if (wanted.isWanted(hash)) offer(wanted, hash, () => reader.readBlock(block))
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (!isTercetError(error) || error.code === 'CRYPTO_NO_PASSPHRASE') throw error
  }
}

function offer(wanted: WantedBlocks, hash: Uint8Array, read: () => Uint8Array): void {
  try {
    wanted.offer(hash, 0, read())
  } catch (error) {
    // The block is damaged; others of the volume need not be.
    if (!isTercetError(error)) throw error
  }
}

import type { AesCryptKeyring } from '@tercet/crypto'
import type { CallOptions } from '@tercet/interface'
import { fetchVolume } from '../volumes/fetch-volume.ts'
import type { Spool } from '../volumes/spool.ts'
import { openStoredVolume } from '../volumes/stored-volume.ts'
import type { FoundVolume } from './adopt-volumes.ts'
import type { ResolvedBlockStoreOptions } from './block-store-options.ts'
import type { ShelvedVolume } from './volume-shelf.ts'

export interface BlockVolumesOptions {
  readonly store: ResolvedBlockStoreOptions
  readonly spool: Spool
  readonly keyring: AesCryptKeyring | undefined
  /** Ends fetches. */
  readonly signal: AbortSignal
}

/** The volumes of a block store as they are at the destination. */
export class BlockVolumes {
  readonly #options: BlockVolumesOptions

  constructor(options: BlockVolumesOptions) {
    this.#options = options
  }

  /** Fetches a volume and opens it, which verifies it. @throws StorageError; VolumeError, CryptoError */
  async open(name: string): Promise<ShelvedVolume> {
    const { store, spool, keyring, signal } = this.#options
    const fetched = await fetchVolume(store.backend, spool, name, { signal })
    try {
      const reader = await openStoredVolume({ path: fetched.path, name, keyring, settings: store.settings })
      const close = () => {
        reader[Symbol.dispose]()
        fetched[Symbol.dispose]()
      }
      return { reader, [Symbol.dispose]: close }
    } catch (error) {
      fetched[Symbol.dispose]()
      throw error
    }
  }

  /** What has the prefix of the store. */
  async list({ signal }: CallOptions): Promise<FoundVolume[]> {
    const { backend, prefix } = this.#options.store
    const found: FoundVolume[] = []
    for await (const { path, sizeBytes } of backend.list({
      namePrefix: `${prefix}-`,
      recursive: false,
      signal
    }))
      found.push({ name: path, sizeBytes })
    return found
  }

  /**
   * Opens the first of these that is stored, so that a wrong passphrase is noticed before anything is written.
   *
   * @throws CryptoError `CRYPTO_WRONG_PASSPHRASE`
   */
  async tryPassphrase(lost: ReadonlySet<string>): Promise<void> {
    const { store, keyring } = this.#options
    if (keyring === undefined) return
    const states = ['uploaded', 'verified'] as const
    for (const { name } of store.catalog.volumes.all({ type: 'dindex', states })) {
      if (lost.has(name)) continue
      using _volume = await this.open(name)
      return
    }
  }
}

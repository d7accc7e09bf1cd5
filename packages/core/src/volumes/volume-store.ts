import { bytesSource, type CallOptions, type StorageBackend, untilAborted } from '@tercet/interface'
import { encodeVerificationFile, verificationFileName } from '@tercet/volume-format'
import type { CatalogVolume } from '../catalog/volume-table.ts'
import { type ContentVerdict, checkContent } from './check-content.ts'
import { type DeleteReport, deleteProven, deleteVolumes } from './delete-volumes.ts'
import { type FetchedVolume, fetchVolume } from './fetch-volume.ts'
import type { PendingUpload } from './pending-upload.ts'
import { putBack } from './put-back.ts'
import { type ResolvedStoreOptions, resolveStoreOptions, type VolumeStoreOptions } from './store-options.ts'
import { type ListingReport, type VerifyListingOptions, verifyListing } from './verify-listing.ts'
import { VolumeUploads } from './volume-uploads.ts'

/**
 * The volumes of one backup at its destination, together with what the catalog says of them. Every change is entered
 * in the catalog before it is made and confirmed after, so that whatever interrupts it, the next run knows what may
 * have happened: `verifyListing` in the mode `clean` finishes or undoes it.
 */
export class VolumeStore {
  readonly #options: ResolvedStoreOptions
  readonly #uploads: VolumeUploads

  /** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
  constructor(options: VolumeStoreOptions) {
    this.#options = resolveStoreOptions(options)
    this.#uploads = new VolumeUploads(this.#options)
  }

  /**
   * Sends what `registerVolume`, `registerIndex` or `registerDlist` has entered, in its order, and resolves when all of it is acknowledged and entered as
   * uploaded. An attempt that fails is repeated under a new name. Several may run at once.
   *
   * @throws StorageError where another attempt cannot help, as `STORAGE_FULL`; CoreError `DESTINATION_UPLOAD_FAILED`
   *   after the last attempt; `signal.reason`; what the hook threw, when all is stored
   */
  upload(pending: PendingUpload, options: CallOptions = {}): Promise<void> {
    return this.#uploads.upload(pending, options)
  }

  /** Compares the destination with the catalog and brings the catalog up to date; see {@link verifyListing}. */
  verifyListing(options: VerifyListingOptions): Promise<ListingReport> {
    return verifyListing(this.#options, options)
  }

  /** Deletes volumes that are marked for it in the catalog; see {@link deleteVolumes}. */
  delete(volumes: readonly CatalogVolume[], options: CallOptions = {}): Promise<DeleteReport> {
    return deleteVolumes(this.#options, volumes, options)
  }

  /** Deletes the names that failed attempts have left behind. */
  deleteAbandoned(options: CallOptions = {}): Promise<DeleteReport> {
    const abandoned = [...this.#options.catalog.volumes.all({ states: ['deleting'] })]
    return deleteProven(this.#options, abandoned, options)
  }

  /** Brings a volume to this machine and checks its size; opening it checks the rest. */
  fetch(volume: CatalogVolume, options: CallOptions = {}): Promise<FetchedVolume> {
    const { backend, spool } = this.#options
    return fetchVolume(backend, spool, volume.name, { ...options, expected: { sizeBytes: volume.size } })
  }

  /** Stores a volume again that was lost, from another place that has it; see {@link putBack}. */
  putBack(volume: CatalogVolume, from: StorageBackend, options: CallOptions = {}): Promise<number> {
    return putBack(this.#options, volume, from, options)
  }

  /** Reads a volume through and says whether it is good, whatever its size. */
  checkContent(volume: CatalogVolume, options: CallOptions = {}): Promise<ContentVerdict> {
    return checkContent(this.#options, volume, options)
  }

  /** Writes the list of volumes that a script on the server can check without catalog and passphrase (format section 1.3). */
  async writeVerificationFile({ signal }: CallOptions = {}): Promise<void> {
    const { backend, catalog, prefix } = this.#options
    const volumes = [...catalog.volumes.all()].filter(({ state }) => state !== 'temporary')
    const bytes = encodeVerificationFile(volumes.map(toRecord))
    await untilAborted(backend.put(verificationFileName(prefix), bytesSource(bytes), { signal }), signal)
  }
}

function toRecord({ id, name, hash, size, type, state }: CatalogVolume) {
  return { id, name, hash, sizeBytes: size, type, state }
}

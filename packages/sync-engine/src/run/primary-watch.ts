import type { Endpoint } from '../endpoint/endpoint.ts'
import { type ReadListingOptions, readListing } from '../listing/read-listing.ts'

/** How long one look at the primary is good for. */
const FRESH_MS = 60_000

export interface PrimaryWatchOptions {
  readonly primary: Endpoint
  /** Of the listing that the plan was made from. */
  readonly digest: string
  readonly isLocked: boolean
  readonly listing: ReadListingOptions
  readonly monotonic: () => number
}

/**
 * Tells whether the primary is still what the plan was made for. A version may be shown at a replica, and a file taken
 * from it, only while it is.
 */
export class PrimaryWatch {
  /** Something was found to be different. */
  hasChanged = false
  readonly #options: PrimaryWatchOptions
  #look: { readonly at: number; readonly isSame: Promise<boolean> } | undefined

  constructor(options: PrimaryWatchOptions) {
    this.#options = options
  }

  /** Lists the primary again, at most once a minute for all replicas. Rejects when that cannot be done. */
  async isUnchanged(): Promise<boolean> {
    const { isLocked, monotonic } = this.#options
    if (this.hasChanged) return false
    if (isLocked) return true
    if (this.#look === undefined || monotonic() - this.#look.at > FRESH_MS) {
      this.#look = { at: monotonic(), isSame: this.#compare() }
    }
    const isSame = await this.#look.isSame
    if (!isSame) this.hasChanged = true
    return isSame
  }

  async #compare(): Promise<boolean> {
    using listing = await readListing(this.#options.primary, this.#options.listing)
    return listing.digest() === this.#options.digest
  }
}

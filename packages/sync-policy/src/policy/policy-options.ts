/** What the copies of a backup are held to. Durations are milliseconds, or text such as `30D`. */
export interface PolicyOptions {
  /** Copies of the data, the data itself included. @defaultValue 3 */
  readonly copies?: number | undefined
  /** Different kinds of media. @defaultValue 2 */
  readonly media?: number | undefined
  /** Copies elsewhere than the data. @defaultValue 1 */
  readonly offsite?: number | undefined
  /** Copies that nobody can change, or that are not connected. @defaultValue 0 */
  readonly immutable?: number | undefined
  /** The data itself is one of the copies. @defaultValue true */
  readonly countSource?: boolean | undefined
  /** Every copy was verified within this time, and nothing was found wrong; undefined: not asked for. */
  readonly maxUnverifiedAge?: number | string | undefined
  /** How deep such a verification must have been. @defaultValue checksum */
  readonly verifyDepth?: VerificationDepth | undefined
  /** A copy whose newest version is older does not count; undefined: any age does. */
  readonly maxAge?: number | string | undefined
  /** A copy that lacks more of the newest versions does not count; undefined: it may lack any. */
  readonly maxBehind?: number | undefined
}

/**
 * How much of a copy was looked at, from little to all: names and sizes; digests that the provider made; every byte,
 * read back; files restored from it.
 */
export type VerificationDepth = 'listing' | 'checksum' | 'download' | 'restore'

export const VERIFICATION_DEPTHS: readonly VerificationDepth[] = Object.freeze([
  'listing',
  'checksum',
  'download',
  'restore'
])

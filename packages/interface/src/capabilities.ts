/**
 * A digest that a store can compute or has kept for an object, without sending the object's bytes. CRCs are given with
 * their most significant byte first.
 */
export type ChecksumAlgorithm = 'MD5' | 'SHA1' | 'SHA256' | 'SHA512' | 'CRC32' | 'CRC32C' | 'CRC64NVME'

/**
 * What one instance of a backend promises. Plain frozen data, fixed for the life of the instance: what has to be
 * probed is probed when it is opened. A capability describes a guarantee on which code decides, not a method's name;
 * the method of a capability that is absent rejects with `STORAGE_UNSUPPORTED`.
 */
export interface Capabilities {
  /**
   * A reader sees the old content or all of the new, never a part, and an object that was acknowledged survives a
   * power cut. False: after a rejection a partial object may be left under the name, and callers use new names.
   */
  readonly atomicPut: boolean
  /** `put` with `ifAbsent` is decided by the store itself, not by a look first. */
  readonly conditionalPut: boolean
  /** `rename` within the store, without sending the bytes. */
  readonly rename: boolean
  /** `copy` within the store, without sending the bytes. */
  readonly serverSideCopy: boolean
  /** Most paths that one `deleteMany` request carries; 1: it is a loop of single deletes. */
  readonly deleteBatchSize: number
  /** Digests that `checksum` can give. Empty: none. */
  readonly checksums: readonly ChecksumAlgorithm[]
  /** Resolution of `StorageEntry.modifiedAt` in milliseconds; undefined: entries carry no time. */
  readonly modifiedTimeResolutionMs: number | undefined
  /** `get` with `offset` and `length` transfers only that range. */
  readonly rangedGet: boolean
  /** A `put` that broke off goes on where it stopped when it is called again with the same `resumeKey`. */
  readonly resumablePut: boolean
  /** `quota` answers. */
  readonly quota: boolean
  /** `put` with `lockUntil`, `setLock` and `getLock` work. */
  readonly objectLock: boolean
  /** Objects may be in cold storage: `StorageEntry.archived` says so and `restoreArchived` asks for them. */
  readonly archive: boolean
  /** `eventual`: an object stored or deleted a moment ago may still be absent from or present in a listing. */
  readonly listing: 'immediate' | 'eventual'
  /** Paths may have more than one segment. */
  readonly nestedNames: boolean
  /** `createFolder` makes a place that `put` needs first. False: folders need no making. */
  readonly createFolder: boolean
  /** Largest object in bytes. */
  readonly maxFileSizeBytes?: number | undefined
}

/** A store that promises nothing but to put, get, list and delete; backends state what they do beyond. */
export const NO_CAPABILITIES: Capabilities = Object.freeze({
  atomicPut: false,
  conditionalPut: false,
  rename: false,
  serverSideCopy: false,
  deleteBatchSize: 1,
  checksums: Object.freeze([]),
  modifiedTimeResolutionMs: undefined,
  rangedGet: false,
  resumablePut: false,
  quota: false,
  objectLock: false,
  archive: false,
  listing: 'eventual',
  nestedNames: false,
  createFolder: false
})

/** Freezes a capability record that starts from {@link NO_CAPABILITIES}. */
export function capabilities(promised: Partial<Capabilities>): Capabilities {
  return Object.freeze({ ...NO_CAPABILITIES, ...promised })
}

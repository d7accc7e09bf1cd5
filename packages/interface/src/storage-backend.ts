import type { ByteSource } from './byte-source.ts'
import type { CallOptions } from './call-options.ts'
import type { Capabilities, ChecksumAlgorithm } from './capabilities.ts'

/** One stored object. */
export interface StorageEntry {
  readonly path: string
  /** Bytes; undefined where the store does not tell. */
  readonly sizeBytes: number | undefined
  readonly modifiedAt?: Date | undefined
  /** The content is in cold storage and cannot be read now. */
  readonly archived?: boolean | undefined
  /** An opaque tag of this content, for `put` with `ifMatch`. */
  readonly tag?: string | undefined
}

export interface ListOptions extends CallOptions {
  /** Only paths below this folder (`a/b` lists `a/b/c`, not `a/bc`). */
  readonly under?: string | undefined
  /** Only paths whose last segment begins with this text; what it means to the store is its own affair. */
  readonly namePrefix?: string | undefined
  /**
   * False: only what is directly in that folder, not in those below it, which are not looked into.
   * @defaultValue true
   */
  readonly recursive?: boolean | undefined
}

export interface GetOptions extends CallOptions {
  /** First byte to yield. A range needs the capability `rangedGet`. */
  readonly offset?: number | undefined
  /** Most bytes to yield; fewer when the object ends. */
  readonly length?: number | undefined
}

export interface PutOptions extends CallOptions {
  /** Reject with `STORAGE_EXISTS` when the path is taken. Needs the capability `conditionalPut`. */
  readonly ifAbsent?: boolean | undefined
  /** Reject with `STORAGE_CONFLICT` unless the path holds the content with this tag; where entries have tags. */
  readonly ifMatch?: string | undefined
  /** Lock the new object until then, in the same request. Needs the capability `objectLock`. */
  readonly lockUntil?: Date | undefined
  /** Names an upload that may be continued by a later call with the same key. Ignored without `resumablePut`. */
  readonly resumeKey?: string | undefined
  /** SHA-256 of the whole content, which a store that can should verify on arrival. */
  readonly sha256?: Uint8Array | undefined
  /** Told how many bytes were sent so far in this attempt. Display only: not awaited, errors in it are ignored. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined
}

/** A folder of this machine in which a backend keeps its objects as files. */
export interface LocalFolder {
  /** Absolute. */
  readonly path: string
  /** A regular expression, as text, for the names of files in it that are no objects yet: unfinished uploads. */
  readonly unfinishedNames: string
}

/** Where the requests of a backend go. */
export interface StoreEndpoint {
  /** Name or address of the host, such as `s3.eu-north-1.amazonaws.com`. */
  readonly host: string
  /** Who runs it, as its host shows: `Amazon S3`. Undefined where the host shows nothing. */
  readonly provider?: string | undefined
}

/** Space of the store in bytes; undefined where it is not told. */
export interface Quota {
  readonly totalBytes?: number | undefined
  readonly freeBytes?: number | undefined
}

/** Outcome of `deleteMany` for one path that could not be deleted. */
export interface DeleteFailure {
  readonly path: string
  readonly error: unknown
}

/**
 * A place that keeps named objects. Every method exists on every backend; one that the backend does not support
 * rejects with `STORAGE_UNSUPPORTED`, and {@link StorageBackend.capabilities} says so beforehand.
 *
 * Methods may be called concurrently. All failures are `StorageError`s, except an abort, which rejects with
 * `signal.reason` itself, and arguments of the wrong type, which are `TypeError` or `RangeError`. After
 * `Symbol.asyncDispose` every call rejects with `STORAGE_CLOSED`.
 */
export interface StorageBackend extends AsyncDisposable {
  /** URL scheme, such as `file`. */
  readonly scheme: string
  /** For people and logs; credentials removed. */
  readonly displayName: string
  readonly capabilities: Capabilities
  /**
   * Where the objects are, if they are plain files on this machine: a backup that comes by there leaves them out.
   * A backend without such a folder need not have this.
   */
  readonly localFolder?: LocalFolder | undefined
  /** The host that keeps the objects. A backend that does not know it need not have this. */
  readonly endpoint?: StoreEndpoint | undefined

  /**
   * Every entry, each once, in no particular order. Unfinished uploads are not listed. An empty store and a folder that
   * is not there yield nothing; a store that is missing rejects with `STORAGE_NOT_FOUND`.
   */
  list(options?: ListOptions): AsyncIterable<StorageEntry>
  /** Rejects with `STORAGE_NOT_FOUND` when nothing has this path. */
  stat(path: string, options?: CallOptions): Promise<StorageEntry>
  /**
   * The bytes, in order, in chunks that are the caller's own. Opens nothing until iterated; leaving the loop
   * early closes what was opened. A failure after the first byte rejects: it never ends early as if complete, and never
   * starts over.
   */
  get(path: string, options?: GetOptions): AsyncIterable<Uint8Array>
  /**
   * Stores all of `source` under `path`, replacing what is there. Resolves only when the store has acknowledged it.
   * After a rejection `path` holds the old content or, if only the answer was lost, all of the new (with `atomicPut`).
   * May take over an adoptable `source.localFile` only when it resolves.
   */
  put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry>
  /** Resolves when nothing has this path, also when nothing had, so that it can be repeated. */
  delete(path: string, options?: CallOptions): Promise<void>
  /**
   * Deletes each path as `delete` does; resolves with those that failed, in any order. Rejects only when none was tried,
   * or on abort.
   */
  deleteMany(paths: readonly string[], options?: CallOptions): Promise<readonly DeleteFailure[]>
  /** Replaces what is at `to`. */
  rename(from: string, to: string, options?: CallOptions): Promise<void>
  copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry>
  /** Makes the folder and those above it; `''` is the root of this backend. Resolves when it exists. */
  createFolder(path: string, options?: CallOptions): Promise<void>
  /** The store's own digest of the object, without a download. */
  checksum(path: string, algorithm: ChecksumAlgorithm, options?: CallOptions): Promise<Uint8Array>
  quota(options?: CallOptions): Promise<Quota>
  /** Locks the object at least until then; a lock is never shortened. */
  setLock(path: string, until: Date, options?: CallOptions): Promise<void>
  /** The end of the lock; undefined when there is none. */
  getLock(path: string, options?: CallOptions): Promise<Date | undefined>
  /** Asks for an archived object; resolves when the request was accepted, which is long before it can be read. */
  restoreArchived(path: string, options?: CallOptions): Promise<void>
  /**
   * A file on this machine that holds the object's bytes now, to be read and never changed; undefined when there is
   * none, or no such object. Spares a copy where the destination is a local disk.
   */
  localFile(path: string, options?: CallOptions): Promise<string | undefined>
}

/** The methods of a backend, by name. */
export type StorageMethod = Exclude<
  keyof StorageBackend,
  'scheme' | 'displayName' | 'capabilities' | 'localFolder' | 'endpoint' | symbol
>

/** Those that answer with a promise. */
export type PromiseMethod = Exclude<StorageMethod, 'get' | 'list'>

/** Wraps a backend with behaviour that several of them need. */
export type StorageLayer = (inner: StorageBackend) => StorageBackend

/** A volume that a destination has acknowledged. `source` can be read until the hook's promise settles. */
export interface StoredVolume {
  readonly path: string
  readonly type: 'dblock' | 'dindex' | 'dlist'
  readonly sizeBytes: number
  /** Digest of the stored bytes. */
  readonly hash: Uint8Array
  readonly hashAlgorithm: 'MD5' | 'SHA1' | 'SHA256' | 'SHA384' | 'SHA512'
  readonly source: ByteSource
}

/** Told each volume when it is safely stored, in the order of acknowledgement. It is awaited. */
export type VolumeStoredHook = (volume: StoredVolume) => void | Promise<void>

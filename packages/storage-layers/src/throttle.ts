import {
  assertKnownKeys,
  type ByteSource,
  type CallOptions,
  type Clock,
  type GetOptions,
  type PutOptions,
  type StorageBackend,
  type StorageEntry,
  type StorageLayer,
  systemClock
} from '@tercet/interface'
import { ForwardingBackend } from './forwarding-backend.ts'
import { TokenBucket } from './token-bucket.ts'

export interface ThrottleLimits {
  /** Bytes a second that all `put`s get together; undefined: no limit. */
  readonly uploadBytesPerSecond?: number | undefined
  /** Bytes a second that all `get`s get together; undefined: no limit. */
  readonly downloadBytesPerSecond?: number | undefined
}

export interface ThrottleOptions extends ThrottleLimits {
  readonly clock?: Clock | undefined
}

/** Limits bandwidth, for all backends that it is put around together. */
export interface ThrottleLayer extends StorageLayer {
  /** Changes the limits at once, also for transfers under way. */
  setLimits(limits: ThrottleLimits): void
}

const LIMITS = ['uploadBytesPerSecond', 'downloadBytesPerSecond'] as const

/**
 * Limits the bytes a second where they flow, so that it works for every backend. In a limited direction, files are not
 * handed over by name (`localFile`), since then no bytes would flow.
 *
 * @throws RangeError for a limit that is not above 0
 */
export function throttle(options: ThrottleOptions = {}): ThrottleLayer {
  assertKnownKeys(options, [...LIMITS, 'clock'], 'throttle')
  assertLimits(options)
  const clock = options.clock ?? systemClock
  const uploads = new TokenBucket(clock, options.uploadBytesPerSecond)
  const downloads = new TokenBucket(clock, options.downloadBytesPerSecond)
  return Object.assign((inner: StorageBackend) => new ThrottledBackend(inner, uploads, downloads), {
    setLimits(limits: ThrottleLimits) {
      assertKnownKeys(limits, LIMITS, 'setLimits')
      assertLimits(limits)
      uploads.rate = limits.uploadBytesPerSecond
      downloads.rate = limits.downloadBytesPerSecond
    }
  })
}

class ThrottledBackend extends ForwardingBackend {
  readonly #uploads: TokenBucket
  readonly #downloads: TokenBucket

  constructor(inner: StorageBackend, uploads: TokenBucket, downloads: TokenBucket) {
    super(inner)
    this.#uploads = uploads
    this.#downloads = downloads
  }

  override get(path: string, options?: GetOptions): AsyncIterable<Uint8Array> {
    return throttled(this.inner.get(path, options), this.#downloads, options)
  }

  override put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    const uploads = this.#uploads
    const slow: ByteSource = {
      size: source.size,
      localFile: uploads.rate === undefined ? source.localFile : undefined,
      open: (openOptions) => throttled(source.open(openOptions), uploads, openOptions ?? options)
    }
    return this.inner.put(path, slow, options)
  }

  override async localFile(path: string, options?: CallOptions): Promise<string | undefined> {
    const file = await this.inner.localFile(path, options)
    return this.#downloads.rate === undefined ? file : undefined
  }
}

async function* throttled(
  bytes: AsyncIterable<Uint8Array>,
  bucket: TokenBucket,
  options: CallOptions | undefined
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of bytes) {
    for (let start = 0; start < chunk.byteLength; ) {
      const portion = chunk.subarray(start, start + bucket.portion)
      await bucket.take(portion.byteLength, options)
      yield portion
      start += portion.byteLength
    }
  }
}

function assertLimits(limits: ThrottleLimits): void {
  for (const key of LIMITS) {
    const limit = limits[key]
    if (limit !== undefined && !(limit > 0)) throw new RangeError(`${key} must be above 0, not ${limit}`)
  }
}

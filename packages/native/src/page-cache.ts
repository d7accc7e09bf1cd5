import { performance } from 'node:perf_hooks'
import { loadNative } from './load-native.ts'

/** Smaller ranges are not worth a system call. */
const MIN_BYTES = 256 * 1024
/** In one call, so that none takes long where the disk is busy. */
const MOST_BYTES = 8 * 1024 * 1024
/** What a call takes that does not wait for the disk. */
const FREE_MS = 0.5
/** Waiting that is accepted at any time, and the share of the time that is accepted in the long run. */
const GRACE_MS = 20
const WAITING_SHARE = 1 / 20

export interface PageCacheCalls {
  /** Starts writing the pages of a range to the disk, and drops those that are there. */
  readonly advise: ((fd: number, offset: number, length: number) => void) | undefined
  /** Milliseconds. */
  readonly now?: (() => number) | undefined
}

/**
 * Keeps content that is written once from filling the system's page cache, which would push out what others need, and
 * make the system find memory for each page written: pages that are on the disk are given back, and serve the next
 * writes. The calls are advice: as soon as they wait for the disk for more than a small part of the time, they are left
 * out, and the system writes when it sees fit. Without such calls all is left to the system.
 */
export class PageCache {
  readonly #advise: PageCacheCalls['advise']
  readonly #now: () => number
  #startedMs: number | undefined
  #waitedMs = 0

  constructor({ advise, now = () => performance.now() }: PageCacheCalls = systemCalls()) {
    this.#advise = advise
    this.#now = now
  }

  /** A range was just written: starts bringing it to the disk. */
  wrote(fd: number, offset: number, length: number): void {
    this.#call(fd, offset, length)
  }

  /** A range is not needed again: pages of it that are on the disk go. */
  release(fd: number, offset: number, length: number): void {
    this.#call(fd, offset, length)
  }

  #call(fd: number, offset: number, length: number): void {
    if (this.#advise === undefined || length < MIN_BYTES) return
    const end = offset + length
    for (let at = offset; at < end; at += MOST_BYTES) {
      const before = this.#now()
      this.#startedMs ??= before
      if (this.#waitedMs > GRACE_MS + (before - this.#startedMs) * WAITING_SHARE) return
      this.#advise(fd, at, Math.min(MOST_BYTES, end - at))
      this.#waitedMs += Math.max(0, this.#now() - before - FREE_MS)
    }
  }
}

function systemCalls(): PageCacheCalls {
  return { advise: loadNative()?.posix?.advice?.adviseUnneeded }
}

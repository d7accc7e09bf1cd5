import { performance } from 'node:perf_hooks'
import { loadNative } from '@tercet/native'

/** Smaller pieces are not worth a system call. */
const MIN_BYTES = 256 * 1024
/** A call that takes longer has waited for the disk. */
const FREE_MS = 5
/** Waiting for the disk that is accepted for one thread and restore. */
const MAX_WAITED_MS = 500

export interface PageCacheCalls {
  /** Starts writing the pages of a range to the disk, or drops those that are there. */
  readonly advise: ((fd: number, offset: number, length: number) => void) | undefined
  /** Milliseconds. */
  readonly now?: (() => number) | undefined
}

/**
 * Keeps restored content from filling the system's page cache, which would push out what others need, and make the
 * system find memory for each page written: pages that are on the disk are given back, and serve the next writes.
 * Where there are no such calls, or the disk is slower than we are, everything is left to the system.
 */
export class PageCache {
  readonly #advise: PageCacheCalls['advise']
  readonly #now: () => number
  #waitedMs = 0

  constructor({ advise, now = () => performance.now() }: PageCacheCalls = systemCalls()) {
    this.#advise = advise
    this.#now = now
  }

  /** A range was just written: starts bringing it to the disk, without waiting. */
  wrote(fd: number, offset: number, length: number): void {
    if (length >= MIN_BYTES) this.#call(fd, offset, length)
  }

  /** A range is not needed again: pages of it that are on the disk go. */
  release(fd: number, offset: number, length: number): void {
    if (length >= MIN_BYTES) this.#call(fd, offset, length)
  }

  #call(fd: number, offset: number, length: number): void {
    if (this.#advise === undefined || this.#waitedMs > MAX_WAITED_MS) return
    const start = this.#now()
    this.#advise(fd, offset, length)
    this.#waitedMs += Math.max(0, this.#now() - start - FREE_MS)
  }
}

function systemCalls(): PageCacheCalls {
  return { advise: loadNative()?.posix?.advice?.adviseUnneeded }
}

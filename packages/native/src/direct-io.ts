import { closeSync, constants, openSync, read, readSync, writeSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { promisify } from 'node:util'
import { ALIGNMENT, alignedBytes, isAligned } from './aligned-bytes.ts'

const CHUNK_BYTES = 1024 * 1024
/** A disk that is slower than this on the average is left to the page cache, which hides it for a while. */
const LEAST_BYTES_A_MS = 250_000
/** Waiting that proves nothing yet. */
const GRACE_MS = 200

export interface DirectIoCalls {
  /** Milliseconds. */
  readonly now?: (() => number) | undefined
  readonly open?: ((path: string, flags: number) => number) | undefined
}

/** A file that is open a second time. Closing it leaves the other descriptor open. */
export interface DirectFile {
  readonly fd: number
  close(): void
}

/**
 * Transfers between memory and disk past the system's page cache, for content that is written or read once: no copy, and
 * no pages to be found for it, which costs more than all else where memory is scarce or belongs to a hypervisor. It is
 * waited for, so it is only for disks that are as quick as memory nearly; after a while with another one it is given up. Both
 * ways may be used for one file, each for pages of its own. Not to be shared between threads.
 */
export class DirectIo {
  readonly #now: () => number
  readonly #open: (path: string, flags: number) => number
  #ms = 0
  #bytes = 0
  #buffer: Uint8Array | undefined

  constructor({ now = () => performance.now(), open = openSync }: DirectIoCalls = {}) {
    this.#now = now
    this.#open = open
  }

  /** The file behind `fd` for transfers past the cache, or undefined where that is not possible or not worth it. */
  open(fd: number, access: 'read' | 'write'): DirectFile | undefined {
    if (process.platform !== 'linux' || this.#isSlow()) return undefined
    this.#buffer ??= alignedBytes(CHUNK_BYTES)
    if (this.#buffer === undefined) return undefined
    const mode = access === 'read' ? constants.O_RDONLY : constants.O_WRONLY
    try {
      const direct = this.#open(`/proc/self/fd/${fd}`, mode | constants.O_DIRECT)
      return { fd: direct, close: () => closeSync(direct) }
    } catch {
      return undefined
    }
  }

  /**
   * Writes whole pages from the start of `bytes`.
   *
   * @returns how many bytes; the rest, which may be all of them, is left to the caller
   * @throws the error of the file system, but not for what it does not offer
   */
  write(file: DirectFile, bytes: Uint8Array, position: number): number {
    const whole = position % ALIGNMENT === 0 ? bytes.length - (bytes.length % ALIGNMENT) : 0
    if (whole === 0) return 0
    const inPlace = isAligned(bytes)
    let done = 0
    while (done < whole && !this.#isSlow()) {
      const length = Math.min(CHUNK_BYTES, whole - done)
      const from = inPlace ? bytes.subarray(done, done + length) : this.#copyOf(bytes, done, length)
      const written = this.#timed(() => writeSync(file.fd, from, 0, length, position + done))
      if (written === undefined) return done
      done += written
      // A part of a page cannot be continued.
      if (written < length) return done - (done % ALIGNMENT)
    }
    return done
  }

  /**
   * Reads from a multiple of a page.
   *
   * @returns bytes, valid until the next call, fewer than `length` at the end of the file; undefined where it is left to
   * the caller
   */
  read(file: DirectFile, position: number, length: number): Uint8Array | undefined {
    if (position % ALIGNMENT !== 0 || this.#isSlow()) return undefined
    const buffer = this.#buffer as Uint8Array
    const wanted = Math.min(buffer.length, wholePages(length))
    const got = this.#timed(() => readSync(file.fd, buffer, 0, wanted, position))
    return got === undefined ? undefined : buffer.subarray(0, Math.min(got, length))
  }

  /** The same without waiting, into `buffer`, which {@link alignedBytes} made and which holds `length` in whole pages. */
  async readInto(
    file: DirectFile,
    buffer: Uint8Array,
    position: number,
    length: number
  ): Promise<Uint8Array | undefined> {
    if (position % ALIGNMENT !== 0 || this.#isSlow()) return undefined
    const before = this.#now()
    try {
      const { bytesRead } = await readAt(file.fd, buffer, 0, wholePages(length), position)
      this.#took(before, bytesRead)
      return buffer.subarray(0, Math.min(bytesRead, length))
    } catch (error) {
      this.#giveUp(error)
      return undefined
    }
  }

  #copyOf(bytes: Uint8Array, start: number, length: number): Uint8Array {
    const buffer = this.#buffer as Uint8Array
    buffer.set(bytes.subarray(start, start + length))
    return buffer
  }

  #isSlow(): boolean {
    return this.#ms > GRACE_MS + this.#bytes / LEAST_BYTES_A_MS
  }

  #timed(transfer: () => number): number | undefined {
    const before = this.#now()
    try {
      const count = transfer()
      this.#took(before, count)
      return count
    } catch (error) {
      this.#giveUp(error)
      return undefined
    }
  }

  #took(before: number, bytes: number): void {
    this.#ms += this.#now() - before
    this.#bytes += bytes
  }

  /** @throws `error` where it is no matter of the way */
  #giveUp(error: unknown): void {
    if (!UNSUPPORTED.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    this.#ms = Number.POSITIVE_INFINITY
  }
}

function wholePages(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT
}

/** What file systems answer that open a file so, but do not transfer. */
const UNSUPPORTED: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

const readAt = promisify(read)

/**
 * A listing in the order of its names, of any length, in little memory: entries are collected in runs, each run is
 * sorted and kept packed, beyond the first in a temporary file, and the runs are merged before they are read.
 */
import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StorageEntry } from '@tercet/interface'
import { SyncError } from '../sync-error.ts'
import { EntryReader, MAX_NAME_BYTES, PackedEntries } from './packed-entries.ts'
import { ReaderHeap } from './reader-heap.ts'

export interface ListedFile {
  readonly path: string
  readonly sizeBytes: number | undefined
  readonly modifiedAtMs: number | undefined
  readonly archived: boolean
}

/** Entries of one run: 1 to 2 MiB. */
const RUN_ENTRIES = 16_384
/** What is read of a run, and written of all of them together, at once. */
const WINDOW_BYTES = 32 * 1024

export interface SortedListingOptions {
  /** Shown in errors. */
  readonly displayName: string
  /** @defaultValue the system's */
  readonly temporaryFolder?: string | undefined
}

/** Sorted entries, one after the other. */
interface Run {
  readonly length: number
  read(target: Uint8Array, position: number): number
}

const NOTHING: Run = { length: 0, read: () => 0 }

export class SortedListing implements Disposable {
  readonly #options: SortedListingOptions
  #pending: PackedEntries | undefined = new PackedEntries(RUN_ENTRIES)
  readonly #runs: Run[] = []
  #sorted: { readonly run: Run; readonly digest: string } | undefined
  #folder: string | undefined
  #file: number | undefined
  #fileBytes = 0
  #count = 0

  constructor(options: SortedListingOptions) {
    this.#options = options
  }

  /** Entries in all. */
  get count(): number {
    return this.#count
  }

  /** @throws SyncError `SYNC_LISTING_FAILED` for a name that no store can have; `SYNC_SPOOL_FAILED` */
  add({ path, sizeBytes, modifiedAt, archived }: StorageEntry): void {
    if (this.#pending === undefined) throw new TypeError('A listing that was read takes no more entries')
    if (!this.#pending.add(path, sizeBytes, modifiedAt?.getTime(), archived === true))
      throw this.#tooLong(path)
    this.#count++
    if (this.#pending.isFull) this.#runs.push(this.#written(this.#pending.takeSorted()))
  }

  /**
   * Entries by rising name, in the order of their UTF-8 bytes.
   *
   * @throws SyncError `SYNC_DUPLICATE_NAME` for a name that was listed twice
   */
  *entries(): Generator<ListedFile, void, undefined> {
    const reader = readerOf(this.#finish().run)
    while (reader.next()) yield reader.file
  }

  /**
   * SHA-256 over names, sizes and times, in order: equal for equal listings.
   *
   * @throws SyncError `SYNC_DUPLICATE_NAME`
   */
  digest(): string {
    return this.#finish().digest
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
    this.#folder = undefined
    this.#runs.length = 0
  }

  #finish() {
    if (this.#sorted !== undefined) return this.#sorted
    if (this.#pending !== undefined && this.#pending.count > 0) {
      const last = this.#pending.takeSorted()
      this.#runs.push(this.#runs.length === 0 ? inMemory(last) : this.#written(last))
    }
    this.#pending = undefined
    const hash = createHash('sha256')
    const [only = NOTHING, ...others] = this.#runs
    const isOne = others.length === 0
    let merged = 0
    for (const part of this.#merge()) {
      hash.update(part)
      if (!isOne) merged += this.#written(part).length
    }
    const run = isOne ? only : this.#regionOfFile(this.#fileBytes - merged, merged)
    this.#sorted = { run, digest: hash.digest('hex') }
    return this.#sorted
  }

  /** The entries of all runs in order, many at once; each part is gone with the next. */
  *#merge(): Generator<Buffer, void, undefined> {
    const heap = new ReaderHeap(this.#runs.map(readerOf))
    const part = Buffer.allocUnsafe(2 * WINDOW_BYTES)
    let filled = 0
    let last: Buffer | undefined
    for (let least = heap.least; least !== undefined; heap.advance(), least = heap.least) {
      const { buffer, start, end } = least
      if (filled + end - start > part.byteLength) {
        yield part.subarray(0, filled)
        last = last === undefined ? undefined : Buffer.from(last)
        filled = 0
      }
      const { name } = least
      if (last?.equals(name)) throw this.#duplicate(least.path)
      buffer.copy(part, filled, start, end)
      last = part.subarray(filled + 2, filled + 2 + name.byteLength)
      filled += end - start
    }
    if (filled > 0) yield part.subarray(0, filled)
  }

  #written(packed: Buffer): Run {
    const start = this.#fileBytes
    const file = this.#openFile()
    try {
      for (let written = 0; written < packed.byteLength; ) {
        written += writeSync(file, packed, written, packed.byteLength - written, start + written)
      }
    } catch (error) {
      throw this.#spoolFailed(error)
    }
    this.#fileBytes += packed.byteLength
    return this.#regionOfFile(start, packed.byteLength)
  }

  #regionOfFile(start: number, length: number): Run {
    const file = this.#openFile()
    return {
      length,
      read: (target, position) => readSync(file, target, 0, target.byteLength, start + position)
    }
  }

  #openFile(): number {
    if (this.#file !== undefined) return this.#file
    try {
      this.#folder = mkdtempSync(join(this.#options.temporaryFolder ?? tmpdir(), 'tercet-listing-'))
      this.#file = openSync(join(this.#folder, 'runs'), 'wx+', 0o600)
      return this.#file
    } catch (error) {
      throw this.#spoolFailed(error)
    }
  }

  #spoolFailed(cause: unknown): SyncError {
    return new SyncError(
      'SYNC_SPOOL_FAILED',
      `No temporary file can be written to ${this.#options.temporaryFolder ?? tmpdir()}; make room, or choose another folder`,
      { cause }
    )
  }

  #duplicate(path: string): SyncError {
    return new SyncError(
      'SYNC_DUPLICATE_NAME',
      `${this.#options.displayName} lists ${JSON.stringify(path)} twice; remove one of the two first`,
      { context: { path, place: this.#options.displayName } }
    )
  }

  #tooLong(path: string): SyncError {
    return new SyncError(
      'SYNC_LISTING_FAILED',
      `${this.#options.displayName} lists a name of more than ${MAX_NAME_BYTES} bytes, which begins with ${JSON.stringify(path.slice(0, 80))}; rename it first`,
      { context: { place: this.#options.displayName } }
    )
  }
}

function readerOf(run: Run): EntryReader {
  return new EntryReader(run.length, WINDOW_BYTES, (target, position) => run.read(target, position))
}

function inMemory(packed: Buffer): Run {
  const kept = Buffer.from(packed)
  return {
    length: kept.byteLength,
    read: (target, position) => kept.copy(target, 0, position, position + target.byteLength)
  }
}

/**
 * A listing in the order of its names, of any length, in little memory: entries are collected in runs, each run is
 * sorted and kept packed, from a certain size on in a temporary file, and reading merges the runs.
 *
 * Packed entry: u16 length of the name in bytes, name in UTF-8, f64 size (-1: unknown), f64 time in ms (-1: unknown),
 * u8 flags (1: archived).
 */
import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StorageEntry } from '@tercet/interface'
import { SyncError } from '../sync-error.ts'

export interface ListedFile {
  readonly path: string
  readonly sizeBytes: number | undefined
  readonly modifiedAtMs: number | undefined
  readonly archived: boolean
}

/** Entries of one run. With this many, a run is 2 to 4 MiB. */
const RUN_ENTRIES = 16_384
/** Runs that are kept in memory before a file is made. */
const RUNS_IN_MEMORY = 2
/** What is read of a run at once. */
const WINDOW_BYTES = 32 * 1024
/** Longest packed entry: a path of 1024 bytes, and some. */
const MAX_ENTRY_BYTES = 4096
const TAIL_BYTES = 17

export interface SortedListingOptions {
  /** Shown in errors. */
  readonly displayName: string
  /** @defaultValue the system's */
  readonly temporaryFolder?: string | undefined
}

export class SortedListing implements Disposable {
  readonly #options: SortedListingOptions
  readonly #pending = new PackedEntries()
  readonly #runs: Run[] = []
  #folder: string | undefined
  #file: number | undefined
  #fileBytes = 0
  #count = 0
  #digest: string | undefined

  constructor(options: SortedListingOptions) {
    this.#options = options
  }

  /** Entries in all. */
  get count(): number {
    return this.#count
  }

  add(entry: StorageEntry): void {
    this.#pending.add({
      path: entry.path,
      sizeBytes: entry.sizeBytes,
      modifiedAtMs: entry.modifiedAt?.getTime(),
      archived: entry.archived === true
    })
    this.#count++
    if (this.#pending.count >= RUN_ENTRIES) this.#endRun()
  }

  /**
   * Entries by rising name, in the order of UTF-16 code units.
   *
   * @throws SyncError `SYNC_DUPLICATE_NAME` for a name that was listed twice
   */
  *entries(): Generator<ListedFile, void, undefined> {
    if (this.#pending.count > 0) this.#endRun()
    const heads = this.#runs.map((run) => {
      const entries = run.entries()
      return { entries, head: entries.next().value as ListedFile | undefined }
    })
    let last: string | undefined
    for (;;) {
      let least: (typeof heads)[number] | undefined
      for (const candidate of heads) {
        if (candidate.head === undefined) continue
        if (least?.head === undefined || candidate.head.path < least.head.path) least = candidate
      }
      if (least?.head === undefined) return
      const { head } = least
      if (head.path === last) throw this.#duplicate(head.path)
      last = head.path
      yield head
      least.head = least.entries.next().value as ListedFile | undefined
    }
  }

  /** SHA-256 over names, sizes and times, in order: equal for equal listings. */
  digest(): string {
    if (this.#digest === undefined) {
      const hash = createHash('sha256')
      for (const { path, sizeBytes, modifiedAtMs } of this.entries()) {
        hash.update(`${path}\0${sizeBytes ?? ''}\0${modifiedAtMs ?? ''}\n`)
      }
      this.#digest = hash.digest('hex')
    }
    return this.#digest
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
    this.#folder = undefined
    this.#runs.length = 0
  }

  #endRun(): void {
    const packed = this.#pending.takeSorted()
    if (this.#runs.length < RUNS_IN_MEMORY) {
      this.#runs.push(new Run(packed.byteLength, (target, position) => copyFrom(packed, target, position)))
      return
    }
    const start = this.#fileBytes
    const file = this.#openFile()
    for (let written = 0; written < packed.byteLength; ) {
      written += writeSync(file, packed, written, packed.byteLength - written, start + written)
    }
    this.#fileBytes += packed.byteLength
    this.#runs.push(
      new Run(packed.byteLength, (target, position) =>
        readSync(file, target, 0, target.byteLength, start + position)
      )
    )
  }

  #openFile(): number {
    if (this.#file !== undefined) return this.#file
    try {
      this.#folder = mkdtempSync(join(this.#options.temporaryFolder ?? tmpdir(), 'tercet-listing-'))
      this.#file = openSync(join(this.#folder, 'runs'), 'wx+', 0o600)
      return this.#file
    } catch (error) {
      throw new SyncError(
        'SYNC_SPOOL_FAILED',
        `No temporary file can be made in ${this.#options.temporaryFolder ?? tmpdir()}; choose another folder`,
        { cause: error }
      )
    }
  }

  #duplicate(path: string): SyncError {
    return new SyncError(
      'SYNC_DUPLICATE_NAME',
      `${this.#options.displayName} lists ${JSON.stringify(path)} twice; remove one of the two first`,
      { context: { path, place: this.#options.displayName } }
    )
  }
}

type ReadAt = (target: Uint8Array, position: number) => number

class Run {
  readonly #length: number
  readonly #readAt: ReadAt

  constructor(length: number, readAt: ReadAt) {
    this.#length = length
    this.#readAt = readAt
  }

  *entries(): Generator<ListedFile, void, undefined> {
    const buffer = Buffer.alloc(Math.min(WINDOW_BYTES, this.#length))
    let position = 0 // of the window within the run
    let filled = 0
    let at = 0
    while (position + at < this.#length) {
      if (filled - at < MAX_ENTRY_BYTES && position + filled < this.#length) {
        buffer.copyWithin(0, at, filled)
        position += at
        filled -= at
        at = 0
        const space = buffer.subarray(filled, Math.min(buffer.byteLength, this.#length - position))
        filled += this.#readAt(space, position + filled)
      }
      const nameLength = buffer.readUInt16LE(at)
      const tail = at + 2 + nameLength
      const sizeBytes = buffer.readDoubleLE(tail)
      const modifiedAtMs = buffer.readDoubleLE(tail + 8)
      yield {
        path: buffer.toString('utf8', at + 2, tail),
        sizeBytes: sizeBytes < 0 ? undefined : sizeBytes,
        modifiedAtMs: modifiedAtMs < 0 ? undefined : modifiedAtMs,
        archived: buffer.readUInt8(tail + 16) === 1
      }
      at = tail + TAIL_BYTES
    }
  }
}

/** Entries of one run as they come. They are packed at once: objects that live as long as a run would outlive it. */
class PackedEntries {
  #bytes = Buffer.allocUnsafe(256 * 1024)
  readonly #starts: number[] = []
  #end = 0

  get count(): number {
    return this.#starts.length
  }

  add({ path, sizeBytes, modifiedAtMs, archived }: ListedFile): void {
    const needed = this.#end + 2 + 3 * path.length + TAIL_BYTES
    if (needed > this.#bytes.byteLength) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.byteLength))
      this.#bytes.copy(larger, 0, 0, this.#end)
      this.#bytes = larger
    }
    this.#starts.push(this.#end)
    const bytes = this.#bytes
    const nameLength = bytes.write(path, this.#end + 2, 'utf8')
    bytes.writeUInt16LE(nameLength, this.#end)
    const tail = this.#end + 2 + nameLength
    bytes.writeDoubleLE(sizeBytes ?? -1, tail)
    bytes.writeDoubleLE(modifiedAtMs ?? -1, tail + 8)
    bytes.writeUInt8(archived ? 1 : 0, tail + 16)
    this.#end = tail + TAIL_BYTES
  }

  /** All entries by rising name; none are left. */
  takeSorted(): Buffer {
    const bytes = this.#bytes
    const names = this.#starts.map((start) =>
      bytes.toString('utf8', start + 2, start + 2 + bytes.readUInt16LE(start))
    )
    const order = Array.from(names.keys()).sort((a, b) => {
      const [left, right] = [names[a] as string, names[b] as string]
      return left < right ? -1 : left > right ? 1 : 0
    })
    const sorted = Buffer.allocUnsafe(this.#end)
    let at = 0
    for (const position of order) {
      const start = this.#starts[position] as number
      at += bytes.copy(sorted, at, start, this.#starts[position + 1] ?? this.#end)
    }
    this.#starts.length = 0
    this.#end = 0
    return sorted
  }
}

function copyFrom(source: Uint8Array, target: Uint8Array, position: number): number {
  const part = source.subarray(position, position + target.byteLength)
  target.set(part)
  return part.byteLength
}

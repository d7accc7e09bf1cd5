import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { createHasher, equalBytes, type HashAlgorithm } from '@tercet/crypto'
import type { Issue } from '@tercet/interface'
import { EngineError } from '../common/engine-error.ts'
import { packedTextAt } from '../common/growable.ts'
import { applyMetadata, type ReadMetadata, readMetadata } from './apply-metadata.ts'
import { IN_PLACE, PRESENT, REPLACE } from './entry-table.ts'
import type { JobEntries, TargetSettings } from './job-types.ts'

/** Temporary files that stay open between the blocks of one job. */
const MAX_OPEN_FILES = 64
const HASH_CHUNK = 1024 * 1024

/**
 * Writes restored files. No path is followed through a symbolic link at its end, nothing that exists is replaced
 * unless the entry says so, and a file gets its name when all of its bytes are there and verified.
 */
export class TargetFiles {
  readonly #settings: TargetSettings
  readonly #open = new Map<string, number>()
  readonly #issues: Issue[] = []

  constructor(settings: TargetSettings) {
    this.#settings = settings
  }

  /** What went wrong with metadata since the last call. */
  takeIssues(): Issue[] {
    return this.#issues.splice(0)
  }

  makeFolder(path: string): void {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  }

  /** Makes a file under its final name; `created` is false when the name is taken. The bytes are verified already. */
  writeWhole(
    path: string,
    content: Uint8Array,
    metadata: Uint8Array,
    time: number
  ): { readonly created: boolean; readonly hardLink?: string | undefined } {
    let file: number
    try {
      file = openSync(
        path,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        0o600
      )
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return { created: false }
      throw error
    }
    try {
      writeAll(file, content, 0)
      const read = readMetadata(metadata, time)
      this.#apply(path, file, read)
      return { created: true, hardLink: read.hardLink }
    } catch (error) {
      rmSync(path, { force: true })
      throw error
    } finally {
      closeSync(file)
    }
  }

  /** Writes a block of a file that is not finished yet. */
  writeBlock(entries: JobEntries, entry: number, bytes: Uint8Array, position: number): void {
    writeAll(this.#working(entries, entry), bytes, position)
  }

  /** Closes what {@link TargetFiles.writeBlock} has opened. */
  closeWorking(): void {
    for (const file of this.#open.values()) closeSync(file)
    this.#open.clear()
  }

  /**
   * Finishes a file whose blocks are all written: length, hash of the whole, metadata, final name.
   *
   * @throws EngineError `RESTORE_HASH_MISMATCH`; the unfinished file is removed, one that was patched stays as it is
   */
  finish(
    entries: JobEntries,
    entry: number,
    metadata: Uint8Array,
    check: { readonly hash: Uint8Array; readonly algorithm: HashAlgorithm }
  ): { readonly hardLink: string | undefined } {
    const path = packedTextAt(entries.paths, entry)
    const flags = entries.flags[entry] as number
    const size = entries.sizes[entry] as number
    const file = this.#working(entries, entry)
    const read = readMetadata(metadata, entries.times[entry] as number)
    if ((flags & PRESENT) === 0) {
      if (fstatSync(file).size !== size) ftruncateSync(file, size)
      if (check.hash.length > 0) assertHash(file, size, check, path)
    }
    this.#apply(path, file, read)
    if ((flags & (PRESENT | IN_PLACE)) === 0)
      this.#publish(this.#workingPath(entries, entry), path, (flags & REPLACE) !== 0)
    return { hardLink: read.hardLink }
  }

  /** Removes what was begun of a file; what was there before stays. */
  discard(entries: JobEntries, entry: number): void {
    if (((entries.flags[entry] as number) & (PRESENT | IN_PLACE)) !== 0) return
    rmSync(this.#workingPath(entries, entry), { force: true })
  }

  applyToFolder(path: string, metadata: Uint8Array): void {
    const file = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    try {
      this.#apply(path, file, readMetadata(metadata, Number.NaN))
    } finally {
      closeSync(file)
    }
  }

  /** Makes a symbolic link as it was. Something else of its name is replaced only if `replace` says so, and never a folder that is not empty. */
  makeLink(path: string, metadata: Uint8Array, replace: boolean): void {
    const read = readMetadata(metadata, Number.NaN)
    if (read.linkTarget === undefined) {
      throw new EngineError('RESTORE_METADATA_INVALID', 'its metadata names no target')
    }
    const temporary = join(dirname(path), `.tercet-${this.#settings.token}-link`)
    symlinkSync(read.linkTarget, temporary)
    try {
      this.#publish(temporary, path, replace)
    } catch (error) {
      unlinkSync(temporary)
      throw error
    }
    this.#apply(path, undefined, read)
  }

  /** Makes `other` a further name of the file `first`, in place of the copy that is there. */
  makeHardLink(first: string, other: string): void {
    const temporary = join(dirname(other), `.tercet-${this.#settings.token}-hard`)
    linkSync(first, temporary)
    try {
      renameSync(temporary, other)
    } catch (error) {
      unlinkSync(temporary)
      throw error
    }
  }

  close(): void {
    this.closeWorking()
  }

  #apply(path: string, file: number | undefined, read: ReadMetadata): void {
    for (const problem of applyMetadata(path, file, read, this.#settings.permissions))
      this.#issues.push(problem)
  }

  #publish(from: string, to: string, replace: boolean): void {
    const present = lstatSync(to, { throwIfNoEntry: false })
    if (present !== undefined && !replace) {
      throw new EngineError(
        'RESTORE_TARGET_EXISTS',
        `${to} came into being while its restored file was written`
      )
    }
    // Fails where the folder has content, which is left alone.
    if (present?.isDirectory()) rmdirSync(to)
    renameSync(from, to)
  }

  #working(entries: JobEntries, entry: number): number {
    const path = this.#workingPath(entries, entry)
    const known = this.#open.get(path)
    if (known !== undefined) return known
    if (this.#open.size >= MAX_OPEN_FILES) this.#closeOldest()
    const isOwn = ((entries.flags[entry] as number) & (PRESENT | IN_PLACE)) === 0
    const flags = constants.O_RDWR | constants.O_NOFOLLOW | (isOwn ? constants.O_CREAT : 0)
    const file = openSync(path, flags, 0o600)
    this.#open.set(path, file)
    return file
  }

  #closeOldest(): void {
    const [path, file] = this.#open.entries().next().value as [string, number]
    this.#open.delete(path)
    closeSync(file)
  }

  #workingPath(entries: JobEntries, entry: number): string {
    const path = packedTextAt(entries.paths, entry)
    if (((entries.flags[entry] as number) & (PRESENT | IN_PLACE)) !== 0) return path
    return join(dirname(path), `.tercet-${this.#settings.token}-${entries.numbers[entry]}`)
  }
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, position + at)
}

function assertHash(
  file: number,
  size: number,
  check: { readonly hash: Uint8Array; readonly algorithm: HashAlgorithm },
  path: string
): void {
  const hasher = createHasher(check.algorithm)
  const buffer = new Uint8Array(Math.min(size, HASH_CHUNK))
  for (let at = 0; at < size; ) {
    const got = readSync(file, buffer, 0, buffer.length, at)
    if (got === 0) break
    hasher.update(buffer.subarray(0, got))
    at += got
  }
  if (equalBytes(hasher.digest(), check.hash)) return
  throw new EngineError('RESTORE_HASH_MISMATCH', `${path} does not have the hash that the version says`)
}

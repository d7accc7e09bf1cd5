import { fstatSync, ftruncateSync, readlinkSync, readSync } from 'node:fs'
import { createHasher, equalBytes, type HashAlgorithm } from '@tercet/crypto'
import { type Issue, isTercetError } from '@tercet/interface'
import { loadNative, PageCache } from '@tercet/native'
import {
  createRestoreTarget,
  currentPlatform,
  entryTypeOf,
  interpretMetadata,
  joinTarget,
  type Metadata,
  type RestoreTarget,
  type TargetFile
} from '@tercet/source-fs'
import { decodeMetadata } from '@tercet/volume-format'
import { EngineError } from '../common/engine-error.ts'
import { packedTextAt } from '../common/growable.ts'
import { IN_PLACE, PRESENT, REPLACE } from './entry-table.ts'
import type { JobEntries, TargetSettings } from './job-types.ts'
import { temporaryPath } from './temporary-path.ts'
import { writeAll, writeAroundHoles } from './write-bytes.ts'

/** Unfinished files that stay open between the blocks of one job. */
const MAX_OPEN_FILES = 64
const HASH_CHUNK = 1024 * 1024
const NO_METADATA: Metadata = Object.freeze({ xattrs: [] })

/** A file that is not finished yet, opened for reading. */
export interface UnfinishedFile {
  readonly fd: number
  close(): void
}

/**
 * The files of one restore, as the worker that has this object writes them. Paths are relative to the target's root.
 * Files that several workers write have a temporary name that all of them know.
 */
export class TargetFiles {
  readonly #settings: TargetSettings
  readonly #target: RestoreTarget
  readonly #open = new Map<string, TargetFile>()
  readonly #pages = new PageCache()

  constructor(settings: TargetSettings) {
    this.#settings = settings
    const { root, permissions, versionTimeMs } = settings
    const versionTime = new Date(versionTimeMs)
    this.#target = createRestoreTarget({ root, versionTime, permissions, native: loadNative() })
  }

  /** The full path, for people. */
  fullPath(relative: string): string {
    return joinTarget(this.#settings.root, relative, currentPlatform())
  }

  /** Ends a job: what waited is done. @returns what went wrong with metadata since the last call */
  settle(): readonly Issue[] {
    for (const file of this.#open.values()) this.#target.closeFile(file)
    this.#open.clear()
    this.#target.flush()
    return this.#target.takeIssues()
  }

  makeFolder(relative: string): void {
    this.#target.createFolder(relative)
  }

  /** Makes a file under its final name; `created` is false when the name is taken. The bytes are verified already. */
  writeWhole(
    relative: string,
    content: Uint8Array,
    metadata: Uint8Array,
    time: number
  ): { readonly created: boolean; readonly hardLink?: string | undefined } {
    let file: TargetFile
    try {
      file = this.#target.createFile(relative, 'new')
    } catch (error) {
      if (isTercetError(error, 'RESTORE_CONFLICT')) return { created: false }
      throw error
    }
    try {
      if (!writeAroundHoles(file.fd, content, 0)) ftruncateSync(file.fd, content.length)
    } catch (error) {
      this.#target.discardFile(file)
      throw error
    }
    const known = readMetadata(metadata, time)
    this.#target.finishFile(file, known)
    return { created: true, hardLink: known.hardlink }
  }

  /** Writes a block of a file that is not finished yet. */
  writeBlock(entries: JobEntries, entry: number, bytes: Uint8Array, position: number): void {
    const isInPlace = ((entries.flags[entry] as number) & IN_PLACE) !== 0
    const write = isInPlace ? writeAll : writeAroundHoles
    const { fd } = this.#working(entries, entry)
    write(fd, bytes, position)
    this.#pages.wrote(fd, position, bytes.length)
  }

  /** Opens a file that workers are writing under its temporary name. It stays open until its `close`. */
  openUnfinished(relative: string, number: number): UnfinishedFile {
    const file = this.#target.openExisting(temporaryPath(relative, this.#settings.token, number))
    return { fd: file.fd, close: () => this.#target.closeFile(file) }
  }

  /**
   * Finishes a file whose blocks are all written: length, hash of the whole, metadata, final name.
   *
   * @throws EngineError `RESTORE_HASH_MISMATCH`; SourceError `RESTORE_CONFLICT`. The unfinished file is removed; one
   * that was patched stays as it is
   */
  finish(
    entries: JobEntries,
    entry: number,
    metadata: Uint8Array,
    check: { readonly hash: Uint8Array; readonly algorithm: HashAlgorithm }
  ): { readonly hardLink: string | undefined } {
    const relative = packedTextAt(entries.paths, entry)
    const flags = entries.flags[entry] as number
    const known = readMetadata(metadata, entries.times[entry] as number)
    if ((flags & PRESENT) !== 0) {
      this.#target.applyMetadata(relative, known)
      return { hardLink: known.hardlink }
    }
    const file = this.#working(entries, entry)
    const size = entries.sizes[entry] as number
    setLength(file.fd, size)
    if (check.hash.length > 0) {
      assertHash(file, size, check)
      this.#pages.release(file.fd, 0, size)
    }
    this.#open.delete(file.relative)
    this.#target.finishFile(this.#finalOf(file, relative, flags), known)
    return { hardLink: known.hardlink }
  }

  /** Removes what was begun of a file; what was there before stays. */
  discard(entries: JobEntries, entry: number): void {
    const flags = entries.flags[entry] as number
    if ((flags & (PRESENT | IN_PLACE)) !== 0) return
    const relative = packedTextAt(entries.paths, entry)
    const temporary = temporaryPath(relative, this.#settings.token, entries.numbers[entry] as number)
    let file = this.#open.get(temporary)
    this.#open.delete(temporary)
    if (file === undefined && this.#statOf(temporary) !== undefined)
      file = this.#target.createFile(temporary, 'patch')
    if (file !== undefined) this.#target.discardFile(this.#finalOf(file, relative, flags))
  }

  /** False: something else is in its place, which stays as it is. */
  applyToFolder(relative: string, metadata: Uint8Array): boolean {
    if (relative !== '' && !this.#isFolder(relative)) return false
    this.#target.applyMetadata(relative, readMetadata(metadata, Number.NaN))
    return true
  }

  /**
   * Makes a symbolic link as it was. Where its name is taken by something else that must not be replaced, it gets the
   * first free name of the series for conflicts.
   */
  makeLink(relative: string, metadata: Uint8Array, replace: boolean): void {
    const known = readMetadata(metadata, Number.NaN)
    if (known.linkTarget === undefined) {
      throw new EngineError('RESTORE_METADATA_INVALID', 'its metadata names no target')
    }
    const isSame = this.#isLinkTo(relative, known.linkTarget)
    for (const path of [relative, ...this.#target.conflictPaths(relative)]) {
      try {
        this.#target.createSymlink(path, known, replace || isSame)
        return
      } catch (error) {
        if (!isTercetError(error, 'RESTORE_CONFLICT') || replace) throw error
      }
    }
    throw new EngineError('RESTORE_TARGET_EXISTS', 'its name and all other names for it are taken')
  }

  /** Makes `other` a further name of the file `first`, in place of the copy that is there, where the system can. */
  makeHardLink(first: string, other: string): void {
    this.#target.createHardLink(other, first, true)
  }

  close(): void {
    this.settle()
    this.#target[Symbol.dispose]()
  }

  #isFolder(relative: string): boolean {
    const stat = this.#statOf(relative)
    return stat !== undefined && entryTypeOf(stat) === 'folder'
  }

  /** Behind a link or a file in place of a folder there is nothing of ours. */
  #statOf(relative: string): ReturnType<RestoreTarget['lstat']> {
    try {
      return this.#target.lstat(relative)
    } catch (error) {
      if (isTercetError(error)) return undefined
      throw error
    }
  }

  #isLinkTo(relative: string, target: string | Uint8Array): boolean {
    const stat = this.#target.lstat(relative)
    if (stat === undefined || entryTypeOf(stat) !== 'symlink') return false
    return readlinkSync(this.fullPath(relative), { encoding: 'buffer' }).equals(Buffer.from(target as string))
  }

  /** The file as the target has to know it to give it its final name. */
  #finalOf(file: TargetFile, relative: string, flags: number): TargetFile {
    if ((flags & IN_PLACE) !== 0) return file
    const temporaryName = file.relative.slice(file.relative.lastIndexOf('/') + 1)
    const mode = (flags & REPLACE) !== 0 ? 'replace' : 'add'
    return { ...file, relative, path: this.fullPath(relative), mode, temporaryName }
  }

  #working(entries: JobEntries, entry: number): TargetFile {
    const relative = packedTextAt(entries.paths, entry)
    const isInPlace = ((entries.flags[entry] as number) & IN_PLACE) !== 0
    const path = isInPlace
      ? relative
      : temporaryPath(relative, this.#settings.token, entries.numbers[entry] as number)
    const known = this.#open.get(path)
    if (known !== undefined) return known
    if (this.#open.size >= MAX_OPEN_FILES) this.#closeOldest()
    const file = isInPlace ? this.#target.createFile(path, 'patch') : this.#openTemporary(path)
    // What follows the writing reads holes at the end, too.
    if (!isInPlace) setLength(file.fd, entries.sizes[entry] as number)
    this.#open.set(path, file)
    return file
  }

  /** Another worker may have begun the file. */
  #openTemporary(path: string): TargetFile {
    try {
      return this.#target.createFile(path, 'new')
    } catch (error) {
      if (!isTercetError(error, 'RESTORE_CONFLICT')) throw error
      return this.#target.createFile(path, 'patch')
    }
  }

  #closeOldest(): void {
    const [path, file] = this.#open.entries().next().value as [string, TargetFile]
    this.#open.delete(path)
    this.#target.closeFile(file)
  }
}

/** @param time seconds, for metadata that has none; NaN: not known */
function readMetadata(bytes: Uint8Array, time: number): Metadata {
  const known = bytes.length === 0 ? NO_METADATA : decode(bytes)
  if (known.modified !== undefined || Number.isNaN(time)) return known
  return { ...known, modified: { seconds: time, nanoseconds: 0 } }
}

/** A blob that is not understood costs the metadata, not the file. */
function decode(bytes: Uint8Array): Metadata {
  try {
    return interpretMetadata(decodeMetadata(bytes))
  } catch (error) {
    if (!isTercetError(error)) throw error
    return NO_METADATA
  }
}

function setLength(fd: number, sizeBytes: number): void {
  if (fstatSync(fd).size !== sizeBytes) ftruncateSync(fd, sizeBytes)
}

function assertHash(
  file: TargetFile,
  size: number,
  check: { readonly hash: Uint8Array; readonly algorithm: HashAlgorithm }
): void {
  const hasher = createHasher(check.algorithm)
  const buffer = new Uint8Array(Math.min(size, HASH_CHUNK))
  for (let at = 0; at < size; ) {
    const got = readSync(file.fd, buffer, 0, buffer.length, at)
    if (got === 0) break
    hasher.update(buffer.subarray(0, got))
    at += got
  }
  if (equalBytes(hasher.digest(), check.hash)) return
  throw new EngineError(
    'RESTORE_HASH_MISMATCH',
    'the restored bytes do not have the hash that the version says'
  )
}

import { fstatSync, ftruncateSync } from 'node:fs'
import { equalBytes, type HashAlgorithm } from '@tercet/crypto'
import { type Issue, isTercetError } from '@tercet/interface'
import { DirectIo, loadNative, PageCache } from '@tercet/native'
import {
  createRestoreTarget,
  currentPlatform,
  entryTypeOf,
  joinTarget,
  type RestoreTarget,
  type TargetFile
} from '@tercet/source-fs'
import { EngineError } from '../common/engine-error.ts'
import { packedTextAt } from '../common/growable.ts'
import { IN_PLACE, PRESENT, REPLACE } from './entry-table.ts'
import { hashFile } from './hash-file.ts'
import type { JobEntries, TargetSettings } from './job-types.ts'
import { readMetadata } from './read-metadata.ts'
import { temporaryPath } from './temporary-path.ts'
import { WorkingFile } from './working-file.ts'
import { writeAroundHoles } from './write-bytes.ts'

/** Unfinished files that stay open between the blocks of one job. */
const MAX_OPEN_FILES = 64

/** A file that is not finished yet, opened for reading. */
export interface UnfinishedFile {
  readonly fd: number
  close(): void
}

/** The hash of a file of the job, by the file's position in its entries. */
export interface FileDigest {
  readonly entry: number
  readonly digest: Uint8Array
}

/**
 * The files of one restore, as the worker that has this object writes them. Paths are relative to the target's root.
 * Files that several workers write have a temporary name that all of them know.
 */
export class TargetFiles {
  readonly #settings: TargetSettings
  readonly #target: RestoreTarget
  readonly #open = new Map<string, WorkingFile>()
  readonly #pages = new PageCache()
  readonly #io = new DirectIo()
  readonly #digests: FileDigest[] = []

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
    for (const path of this.#open.keys()) this.#close(path)
    this.#target.flush()
    return this.#target.takeIssues()
  }

  /** Hashes of files that were written from beginning to end since the last call. */
  takeDigests(): readonly FileDigest[] {
    return this.#digests.splice(0)
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

  /** Writes a block of a file that is not finished yet. @param algorithm to be hashed with if its blocks come in order */
  writeBlock(
    entries: JobEntries,
    entry: number,
    bytes: Uint8Array,
    position: number,
    algorithm?: HashAlgorithm
  ): void {
    this.#working(entries, entry, algorithm).write(bytes, position)
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
    const working = this.#working(entries, entry)
    const { file } = working
    const size = entries.sizes[entry] as number
    setLength(file.fd, size)
    if (check.hash.length > 0) {
      if (!equalBytes(hashFile(file.fd, size, check.algorithm, this.#io), check.hash)) throw hashMismatch()
      this.#pages.release(file.fd, 0, size)
    }
    this.#forget(working)
    this.#target.finishFile(this.#finalOf(file, relative, flags), known)
    return { hardLink: known.hardlink }
  }

  /** Removes what was begun of a file; what was there before stays. */
  discard(entries: JobEntries, entry: number): void {
    const flags = entries.flags[entry] as number
    if ((flags & (PRESENT | IN_PLACE)) !== 0) return
    const relative = packedTextAt(entries.paths, entry)
    const temporary = temporaryPath(relative, this.#settings.token, entries.numbers[entry] as number)
    const working = this.#open.get(temporary)
    if (working !== undefined) this.#forget(working)
    let file = working?.file
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
    const present = this.#target.readlink(relative)
    return present !== undefined && Buffer.from(target as string).equals(present)
  }

  /** The file as the target has to know it to give it its final name. */
  #finalOf(file: TargetFile, relative: string, flags: number): TargetFile {
    if ((flags & IN_PLACE) !== 0) return file
    const temporaryName = file.relative.slice(file.relative.lastIndexOf('/') + 1)
    const mode = (flags & REPLACE) !== 0 ? 'replace' : 'add'
    return { ...file, relative, path: this.fullPath(relative), mode, temporaryName }
  }

  #working(entries: JobEntries, entry: number, algorithm?: HashAlgorithm): WorkingFile {
    const relative = packedTextAt(entries.paths, entry)
    const isInPlace = ((entries.flags[entry] as number) & IN_PLACE) !== 0
    const path = isInPlace
      ? relative
      : temporaryPath(relative, this.#settings.token, entries.numbers[entry] as number)
    const known = this.#open.get(path)
    if (known !== undefined) return known
    if (this.#open.size >= MAX_OPEN_FILES) this.#closeOldest()
    const file = isInPlace ? this.#target.createFile(path, 'patch') : this.#openTemporary(path)
    const sizeBytes = entries.sizes[entry] as number
    // What follows the writing reads holes at the end, too.
    if (!isInPlace) setLength(file.fd, sizeBytes)
    const working = new WorkingFile(
      { file, entry, sizeBytes, hasContent: isInPlace, algorithm },
      this.#io,
      this.#pages
    )
    this.#open.set(path, working)
    return working
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
    this.#close(this.#open.keys().next().value as string)
  }

  #close(path: string): void {
    const working = this.#open.get(path) as WorkingFile
    const digest = working.digest()
    if (digest !== undefined) this.#digests.push({ entry: working.entry, digest })
    this.#forget(working)
    this.#target.closeFile(working.file)
  }

  #forget(working: WorkingFile): void {
    this.#open.delete(working.file.relative)
    working.close()
  }
}

function setLength(fd: number, sizeBytes: number): void {
  if (fstatSync(fd).size !== sizeBytes) ftruncateSync(fd, sizeBytes)
}

function hashMismatch(): EngineError {
  return new EngineError(
    'RESTORE_HASH_MISMATCH',
    'the restored bytes do not have the hash that the version says'
  )
}

import type { FileStat } from '@tercet/native'
import type { Metadata } from '../metadata/interpret-metadata.ts'
import { entryTypeOf } from '../scan/stat-reader.ts'
import { hasErrno } from '../source-error.ts'
import type { MetadataWriter } from './metadata-writer.ts'
import { pathError, translateError } from './target-errors.ts'
import { fullPath, type Place, type TargetFolders } from './target-folders.ts'

/** Makes the links of a restore. Each takes its place in one step, and never that of a folder with something in it. */
export class TargetLinks {
  readonly #folders: TargetFolders
  readonly #metadata: MetadataWriter
  readonly #temporaryName: () => string

  constructor(folders: TargetFolders, metadata: MetadataWriter, temporaryName: () => string) {
    this.#folders = folders
    this.#metadata = metadata
    this.#temporaryName = temporaryName
  }

  createHardLink(relative: string, existing: string, replace: boolean): boolean {
    this.#folders.place(relative, true)
    const from = this.#folders.place(existing, false)
    const source = from.folder.lstat(from.name)
    if (source === undefined || entryTypeOf(source) !== 'file') return false
    const place = this.#folders.place(relative, true)
    const present = place.folder.lstat(place.name)
    if (present !== undefined) {
      if (isSameFile(present, source)) return true
      if (!replace) throw pathError('RESTORE_CONFLICT', fullPath(place), 'exists already')
    }
    const name = present === undefined ? place.name : this.#temporaryName()
    try {
      place.folder.link(from.folder, from.name, name)
    } catch (error) {
      if (hasErrno(error, ...NO_HARD_LINKS)) return false
      throw translateError(fullPath(place), error)
    }
    if (name !== place.name) moveOver(place, name)
    return true
  }

  createSymlink(relative: string, metadata: Metadata, replace: boolean): void {
    const place = this.#folders.place(relative, true)
    const target = metadata.linkTarget
    if (target === undefined)
      throw pathError('RESTORE_PATH_INVALID', fullPath(place), 'is a link without a target')
    const present = place.folder.lstat(place.name)
    if (present === undefined) this.#make(place, target, place.name)
    else if (!isLinkTo(place, present, target)) {
      if (!replace) throw pathError('RESTORE_CONFLICT', fullPath(place), 'exists already')
      this.#replace(place, present, target)
    }
    this.#metadata.writeToLink(place, place.folder.lstat(place.name)!, metadata)
  }

  #make(place: Place, target: string | Uint8Array, name: string): void {
    try {
      place.folder.symlink(target, name)
    } catch (error) {
      throw translateError(fullPath(place), error)
    }
  }

  /** A folder gives way only if it is empty. */
  #replace(place: Place, present: FileStat, target: string | Uint8Array): void {
    const temporaryName = this.#temporaryName()
    this.#make(place, target, temporaryName)
    if (entryTypeOf(present) === 'folder') {
      this.#folders.forget(fullPath(place))
      try {
        place.folder.rmdir(place.name)
      } catch (error) {
        place.folder.unlink(temporaryName)
        throw translateError(fullPath(place), error)
      }
    }
    moveOver(place, temporaryName)
  }
}

const NO_HARD_LINKS = ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'] as const

function isSameFile(left: FileStat, right: FileStat): boolean {
  return (
    left.inodeLow === right.inodeLow && left.inodeHigh === right.inodeHigh && left.device === right.device
  )
}

function isLinkTo(place: Place, present: FileStat, target: string | Uint8Array): boolean {
  if (entryTypeOf(present) !== 'symlink') return false
  const wanted = typeof target === 'string' ? Buffer.from(target) : target
  return Buffer.compare(place.folder.readlink(place.name), wanted) === 0
}

function moveOver(place: Place, temporaryName: string): void {
  try {
    place.folder.rename(temporaryName, place.name)
  } catch (error) {
    place.folder.unlink(temporaryName)
    throw translateError(fullPath(place), error)
  }
}

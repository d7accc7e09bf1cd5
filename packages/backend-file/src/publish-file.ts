// A put becomes visible all at once, and stays: the content is completed under a temporary name in the same folder and
// synced; then it takes the final name; then the folder is synced. A file that may be adopted is linked to the
// temporary name instead of being copied, and loses its old name only when all else is done, so that a put that failed
// can be repeated from it.
import { join } from 'node:path'
import { type PutOptions, StorageError } from '@tercet/interface'
import { errnoOf } from './file-errors.ts'
import type { FileInfo, FileOperations } from './file-operations.ts'
import type { Place } from './file-places.ts'
import type { FolderSyncs, SyncMember } from './folder-syncs.ts'
import { temporaryName } from './temporary-names.ts'

export interface Filled {
  readonly info: FileInfo
  /** The name that an adopted file had before, which is to go. */
  readonly adopted?: string
}

/** The folders of one backend, and the syncs that its puts share. */
export interface Publisher {
  readonly files: FileOperations
  readonly folderSyncs: FolderSyncs
}

/** A file that is being completed. */
export interface Filling {
  readonly temporary: string
  /** All bytes have arrived, and the rest takes a moment only: others may wait for it. */
  nearlyDone(): void
}

/** Lets `fill` complete and sync a file under a temporary name, then gives it the name `place`. */
export async function publishFile(
  { files, folderSyncs }: Publisher,
  place: Place,
  options: Pick<PutOptions, 'signal' | 'ifAbsent'> | undefined,
  fill: (filling: Filling) => Promise<Filled>
): Promise<FileInfo> {
  const temporary = join(place.folder, temporaryName())
  let member: SyncMember | undefined
  const nearlyDone = () => {
    member ??= folderSyncs.join(place.folder)
  }
  let filled: Filled
  try {
    filled = await fill({ temporary, nearlyDone })
    options?.signal?.throwIfAborted()
    if (options?.ifAbsent) await linkIfAbsent(files, temporary, place)
    else await files.rename(temporary, place.file)
  } catch (error) {
    member?.leave()
    await removeQuietly(files, temporary)
    throw error
  }
  // Still there after a link, and after a rename onto another name of the same file, which does nothing.
  if (options?.ifAbsent || filled.adopted !== undefined) await removeQuietly(files, temporary)
  await (member ?? folderSyncs.join(place.folder)).sync()
  if (filled.adopted !== undefined) await removeQuietly(files, filled.adopted)
  return filled.info
}

/** A rename would replace what is there; a link does not. */
async function linkIfAbsent(files: FileOperations, temporary: string, place: Place): Promise<void> {
  try {
    await files.link(temporary, place.file)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(errnoOf(error) ?? '')) throw error
    throw new StorageError(
      'STORAGE_UNSUPPORTED',
      `Cannot store ${JSON.stringify(place.file)} only if absent: this file system has no hard links`,
      { cause: error, context: { path: place.file } }
    )
  }
}

/** For clean-up: what cannot be removed now is removed when it has become old. */
export async function removeQuietly(files: FileOperations, path: string): Promise<void> {
  await files.unlink(path).catch(() => {})
}

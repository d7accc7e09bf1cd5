import { dirname, join, sep } from 'node:path'
import { isTercetError } from '@tercet/interface'
import type { FileOperations } from './file-operations.ts'
import type { FilePlaces } from './file-places.ts'

/** Makes the root, the folders above it, and those of the storage path `path` below it (`''`: none), durably. */
export async function makeFolders(
  files: FileOperations,
  places: FilePlaces,
  path: string,
  mode: number
): Promise<void> {
  const segments = path === '' ? [] : places.split(path)
  await makeWithParents(files, places.root, mode)
  for (let depth = 1; depth <= segments.length; depth++) {
    await makeFolder(files, join(places.root, ...segments.slice(0, depth)), mode)
    await places.locateFolder(segments.slice(0, depth).join('/')) // refuses a link or a file with that name
  }
}

async function makeWithParents(files: FileOperations, folder: string, mode: number): Promise<void> {
  try {
    await makeFolder(files, folder, mode)
  } catch (error) {
    const parent = dirname(folder)
    if (parent === folder || !isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
    await makeWithParents(files, parent, mode)
    await makeFolder(files, folder, mode)
  }
  await files.stat(`${folder}${sep}.`) // follows a link, and rejects where a file has that name
}

async function makeFolder(files: FileOperations, folder: string, mode: number): Promise<void> {
  try {
    await files.makeFolder(folder, mode)
  } catch (error) {
    if (isTercetError(error, 'STORAGE_EXISTS')) return
    throw error
  }
  await files.syncFolder(dirname(folder))
}

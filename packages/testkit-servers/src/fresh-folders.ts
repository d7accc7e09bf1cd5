import { randomUUID } from 'node:crypto'
import type { StorageBackend } from '@tercet/interface'

/** How the cases of a suite get their stores. */
export interface FreshFolders<Place extends readonly unknown[]> {
  /** A folder of its own, which is new and empty. */
  open(...place: Place): Promise<StorageBackend>
  /** The folder of the present case once more. */
  reopen(...place: Place): Promise<StorageBackend>
}

/** Gives each case of a suite a folder of its own on a server of files. */
export function freshFolders<Place extends readonly unknown[]>(
  openAt: (folder: string, ...place: Place) => Promise<StorageBackend>
): FreshFolders<Place> {
  let folder = ''
  return {
    async open(...place) {
      folder = randomUUID()
      const backend = await openAt(folder, ...place)
      await backend.createFolder('')
      return backend
    },
    reopen: (...place) => openAt(folder, ...place)
  }
}

/** For a suite that has seen the contract kept in great number on another server: few of all. */
export const FEW = { manyEntries: 50, sequences: 3 } as const

import type { FileOperations } from './file-operations.ts'

interface Syncing {
  readonly running: Promise<void>
  /** Begins when the running one has ended; for all who came since that began. */
  next: Promise<void> | undefined
}

/**
 * The same operations, but those who want a folder synced while that is being done share the next sync: it is all they
 * need, and many puts at once into one folder cost a few syncs of it instead of one each.
 */
export function groupFolderSyncs(files: FileOperations): FileOperations {
  const folders = new Map<string, Syncing>()
  const start = (path: string): Promise<void> => {
    const running = files.syncFolder(path).finally(() => {
      if (folders.get(path) === syncing && syncing.next === undefined) folders.delete(path)
    })
    const syncing: Syncing = { running, next: undefined }
    folders.set(path, syncing)
    return running
  }
  const syncFolder = (path: string): Promise<void> => {
    const syncing = folders.get(path)
    if (syncing === undefined) return start(path)
    syncing.next ??= syncing.running.catch(() => {}).then(() => start(path))
    return syncing.next
  }
  return Object.create(files, { syncFolder: { value: syncFolder, enumerable: true } })
}

import type { FileOperations } from './file-operations.ts'

/** A put whose bytes have all arrived, and which will want its folder synced. One of the two is called, once. */
export interface SyncMember {
  /** The file has its name. Resolves when the folder is synced, with the names of all members. */
  sync(): Promise<void>
  /** It came to nothing: nobody is to wait for it. */
  leave(): void
}

/**
 * Puts that end at about the same time share one sync of their folder: the first that has named its file waits for those
 * that were about to do so, and for nobody who comes later.
 */
export class FolderSyncs {
  readonly #files: Pick<FileOperations, 'syncFolder'>
  /** Those that can still be joined. */
  readonly #open = new Map<string, Group>()

  constructor(files: Pick<FileOperations, 'syncFolder'>) {
    this.#files = files
  }

  join(folder: string): SyncMember {
    const group = this.#open.get(folder) ?? new Group(() => this.#files.syncFolder(folder))
    this.#open.set(folder, group)
    group.busy++
    const close = () => {
      if (this.#open.get(folder) === group) this.#open.delete(folder)
    }
    return {
      sync: () => {
        close()
        return group.sync()
      },
      leave: () => {
        group.leave()
        if (group.busy === 0) close()
      }
    }
  }
}

class Group {
  /** Members that have not named their files yet. */
  busy = 0
  readonly #sync: () => Promise<void>
  readonly #synced = Promise.withResolvers<void>()
  #isWanted = false

  constructor(sync: () => Promise<void>) {
    this.#sync = sync
  }

  sync(): Promise<void> {
    this.#isWanted = true
    this.leave()
    return this.#synced.promise
  }

  leave(): void {
    if (--this.busy === 0 && this.#isWanted) this.#sync().then(this.#synced.resolve, this.#synced.reject)
  }
}

import { folderAbove, isBelow } from '../paths.ts'
import type { ChangeNotes } from './change-notes.ts'

/** Folders that nobody will ask for, although the kernel tells of what happens in them. */
export class LeftOut {
  readonly #notes: ChangeNotes
  /** None is inside another. */
  readonly #folders = new Set<string>()

  constructor(notes: ChangeNotes) {
    this.#notes = notes
  }

  has(folder: string): boolean {
    return this.#folders.has(folder)
  }

  /** Whether a path in a root is in one of these folders, or is one. */
  holds(path: string, root: string): boolean {
    for (let at = path; at !== root && isBelow(at, root); at = folderAbove(at))
      if (this.#folders.has(at) || this.#notes.isOwn(at)) return true
    return false
  }

  add(folder: string): void {
    this.#folders.add(folder)
  }

  /** Nothing is known of what is here now. */
  forget(folder: string): void {
    if (this.#folders.size === 0) return
    for (const known of this.#folders)
      if (known === folder || isBelow(known, folder)) this.#folders.delete(known)
  }
}

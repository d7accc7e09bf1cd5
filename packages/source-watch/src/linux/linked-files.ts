import type { FileStat, StatCalls } from '@tercet/native'
import type { JournalStore } from '../journal-store.ts'

const FILE_KIND = 0o170000
const REGULAR = 0o100000

/**
 * Files with several names. The kernel tells of a change by the name that was used; the others have changed as well. It
 * tells nothing of the other names when one is made or deleted, although all of them have another link count then.
 */
export class LinkedFiles {
  readonly #store: JournalStore
  readonly #stat: StatCalls
  /** Files with more names than are known, and how many they have. Names outside the roots are never found. */
  readonly #incomplete = new Map<string, number>()
  readonly #searched = new Map<string, number>()

  constructor(store: JournalStore, stat: StatCalls) {
    this.#store = store
    this.#stat = stat
  }

  /** Notes a file that a walk came upon; true: it has several names. */
  meet(path: string): boolean {
    const stat = this.#statOf(path)
    if (stat === undefined || !hasSeveralNames(stat)) return false
    this.#store.link(path, fileId(stat))
    return true
  }

  /** Other names of the files that something happened to, which are to be marked too. */
  othersOf(paths: Iterable<string>): Set<string> {
    const others = new Set<string>()
    for (const path of paths) {
      const before = this.#store.links(path)
      const stat = this.#statOf(path)
      const now = stat === undefined || !hasSeveralNames(stat) ? undefined : fileId(stat)
      if (before !== undefined) for (const name of before.names) others.add(name)
      if (now === undefined) {
        if (before !== undefined) this.#store.unlink(path)
        continue
      }
      if (before?.file !== now) this.#store.link(path, now)
      const names = this.#store.linkedNames(now)
      for (const name of names) others.add(name)
      if (names.length < stat!.nlink && this.#searched.get(now) !== stat!.nlink)
        this.#incomplete.set(now, stat!.nlink)
    }
    return others
  }

  /** A folder is gone, and the names in it: those files have other names elsewhere, and fewer of them. */
  forgetBelow(folder: string): Set<string> {
    const others = new Set<string>()
    for (const path of this.#store.linkedBelow(folder)) {
      for (const name of this.#store.links(path)?.names ?? []) others.add(name)
      this.#store.unlink(path)
    }
    return others
  }

  get mustSearch(): boolean {
    return this.#incomplete.size > 0
  }

  /** Looks at all files for names that are not known; returns names of the files that were searched for. */
  search(files: Iterable<string>): Set<string> {
    const found = new Set<string>()
    for (const file of files) this.meet(file)
    for (const [file, count] of this.#incomplete) {
      for (const name of this.#store.linkedNames(file)) found.add(name)
      this.#searched.set(file, count)
    }
    this.#incomplete.clear()
    return found
  }

  forgetAll(): void {
    this.#store.forgetLinks()
    this.#incomplete.clear()
    this.#searched.clear()
  }

  #statOf(path: string): FileStat | undefined {
    try {
      return this.#stat.lstat(path)
    } catch {
      return undefined
    }
  }
}

function hasSeveralNames({ mode, nlink }: FileStat): boolean {
  return nlink > 1 && (mode & FILE_KIND) === REGULAR
}

function fileId({ device, inodeHigh, inodeLow }: FileStat): string {
  return `${device}:${inodeHigh}:${inodeLow}`
}

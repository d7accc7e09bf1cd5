/** Collects folders in the order in which they have to be made, and knows which of them do not exist yet. */
export class FolderList {
  readonly #list: string[]
  readonly #isMissing: (relative: string) => boolean
  readonly #isNew = new Map<string, boolean>()

  constructor(list: string[], isMissing: (relative: string) => boolean) {
    this.#list = list
    this.#isMissing = isMissing
  }

  /** @returns true when the folder does not exist, so that nothing can be in it */
  add(path: string): boolean {
    const known = this.#isNew.get(path)
    if (known !== undefined) return known
    const isNew = (path !== '' && this.#isNew.get(folderOf(path)) === true) || this.#isMissing(path)
    this.#isNew.set(path, isNew)
    this.#list.push(path)
    return isNew
  }
}

/** The folder of a relative path; '' is the root. */
export function folderOf(relative: string): string {
  return relative.slice(0, Math.max(0, relative.lastIndexOf('/')))
}

import { assertStoragePath, isListed, type ListOptions } from '@tercet/interface'

/** How the storage paths of a backend and the names of a store are related, when a backend is a folder in the store. */
export class FolderNames {
  readonly #folder: string

  /** @param prefix the folder, without slashes at its ends; `''` is the whole store */
  constructor(prefix: string) {
    this.#folder = prefix === '' ? '' : `${prefix}/`
  }

  nameOf(path: string): string {
    return this.#folder + path
  }

  /** The storage path of a name; undefined for those of somebody else. */
  pathOf(name: string): string | undefined {
    return name.startsWith(this.#folder) ? name.slice(this.#folder.length) : undefined
  }

  /** What names begin with that a listing asks for. */
  prefixOf(options: ListOptions | undefined): string {
    const folder = options?.under === undefined ? '' : `${options.under}/`
    // Names below a folder that is looked into may begin with anything, so the prefix helps only where none is.
    return this.nameOf(folder + (options?.recursive === false ? (options.namePrefix ?? '') : ''))
  }

  /** The storage path of a name, if a listing asks for it. Names that are no storage paths belong to somebody else. */
  listedPath(name: string | undefined, options: ListOptions | undefined): string | undefined {
    const path = this.pathOf(name ?? '')
    if (path === undefined || !isListed(path, options)) return undefined
    try {
      assertStoragePath(path)
      return path
    } catch {
      return undefined
    }
  }
}

import { assertStoragePath } from '@tercet/interface'

/** Where storage paths are on the server. */
export class WebdavPlaces {
  /** The folder of the backend; ends with a slash. */
  readonly root: URL
  readonly #rootSegments: readonly string[]

  constructor(root: URL) {
    this.root = root
    this.#rootSegments = segmentsOf(root.pathname) ?? []
  }

  rawUrlOf(path: string): string {
    return this.root.href + path.split('/').map(encodeURIComponent).join('/')
  }

  /** `''` is the root. */
  folderUrlOf(path: string): string {
    return path === '' ? this.root.href : `${this.rawUrlOf(path)}/`
  }

  /** URLs of the folders from the top of the server down to this one. */
  foldersDownTo(path: string): string[] {
    const segments = [...this.#rootSegments, ...(path === '' ? [] : path.split('/'))]
    return segments.map(
      (_, index) =>
        `${this.root.origin}/${segments
          .slice(0, index + 1)
          .map(encodeURIComponent)
          .join('/')}/`
    )
  }

  /**
   * The storage path of something that a server names by a path or a URL; undefined for what is not below the root, is the
   * root, or has a name that no storage path can have.
   */
  pathOf(href: string): string | undefined {
    const pathname = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(\/.*)?$/i.exec(href)?.[1] ?? href
    const segments = segmentsOf(pathname)
    if (segments === undefined || segments.length <= this.#rootSegments.length) return undefined
    if (this.#rootSegments.some((segment, index) => segments[index] !== segment)) return undefined
    const path = segments.slice(this.#rootSegments.length).join('/')
    return this.isPath(path) ? path : undefined
  }

  isPath(path: string): boolean {
    try {
      assertStoragePath(path)
      return true
    } catch {
      return false
    }
  }
}

/** The folder of a path; `''` is the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function segmentsOf(pathname: string): string[] | undefined {
  try {
    const segments = pathname.split('/').map(decodeURIComponent)
    // A slash inside of a name would be taken for two names.
    if (segments.some((segment) => segment.includes('/'))) return undefined
    return segments.filter((segment) => segment !== '')
  } catch {
    return undefined
  }
}

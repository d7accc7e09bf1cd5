/** A path cut behind the separator before its last segment: `/a/b` → `/a/` + `b`, `/a/b/` → `/a/` + `b/`, `/` → `` + `/`. */
export interface SplitPath {
  readonly folder: string
  readonly name: string
}

/** Paths that begin with a slash are of a Unix system, where a backslash is an ordinary character. */
export function separatorOf(path: string): '/' | '\\' {
  return path.startsWith('/') ? '/' : '\\'
}

export function splitPath(path: string): SplitPath {
  const separator = separatorOf(path)
  let end = path.length
  while (end > 0 && path[end - 1] === separator) end--
  const cut = end === 0 ? 0 : path.lastIndexOf(separator, end - 1) + 1
  return { folder: path.slice(0, cut), name: path.slice(cut) }
}

/** A folder's path with the trailing separator that the catalog keeps it with. */
export function folderPath(path: string): string {
  const separator = separatorOf(path)
  return path === '' || path.endsWith(separator) ? path : path + separator
}

/** Greater than every text, as SQLite orders values: a BLOB. */
const BEHIND_ALL_TEXT = new Uint8Array(0)

/**
 * The least value that is greater than every path which begins with `folder`, in the byte order of SQLite. A folder's
 * path ends with a separator, so its last character can be raised; under `''` is everything.
 */
export function endOfTree(folder: string): string | Uint8Array {
  if (folder === '') return BEHIND_ALL_TEXT
  return folder.slice(0, -1) + String.fromCharCode(folder.charCodeAt(folder.length - 1) + 1)
}

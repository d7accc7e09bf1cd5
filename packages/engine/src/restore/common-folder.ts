import { platformOf } from '../common/selection-paths.ts'

/**
 * The deepest folder, with its trailing separator, that holds both: what all paths so far have in common (undefined at
 * first) and one more path. A folder holds itself.
 */
export function commonFolder(folder: string | undefined, path: string): string {
  const separator = platformOf(path) === 'windows' ? '\\' : '/'
  const own = path.slice(0, path.lastIndexOf(separator) + 1)
  if (folder === undefined || folder === own) return own
  let same = 0
  while (same < folder.length && folder[same] === own[same]) same++
  return same === 0 ? '' : folder.slice(0, folder.lastIndexOf(separator, same - 1) + 1)
}

/** The folder above, with its trailing separator; '' above a root. */
export function parentFolder(folder: string): string {
  const separator = platformOf(folder) === 'windows' ? '\\' : '/'
  return folder.length < 2 ? '' : folder.slice(0, folder.lastIndexOf(separator, folder.length - 2) + 1)
}

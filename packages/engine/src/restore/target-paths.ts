import { isAbsolute, join, resolve, sep } from 'node:path'
import { platformOf } from '../common/selection-paths.ts'

export interface TargetPathOptions {
  /** Folder to restore into; undefined: the original places. */
  readonly to: string | undefined
  /** Left out of the stored paths below `to`; ends with a separator, or is empty. */
  readonly commonFolder: string
}

/**
 * Where a stored path goes on this system; undefined when it cannot exist here, or would leave the target. This is the
 * one function that every path written by a restore has passed.
 */
export function targetPath(storedPath: string, options: TargetPathOptions): string | undefined {
  const { to, commonFolder } = options
  const isForeign = (platformOf(storedPath) === 'windows') !== (sep === '\\')
  if (to === undefined) {
    if (isForeign || !isAbsolute(storedPath) || !areNames(segmentsOf(storedPath, sep))) return undefined
    return resolve(storedPath)
  }
  const rest = storedPath.startsWith(commonFolder) ? storedPath.slice(commonFolder.length) : storedPath
  const segments = segmentsOf(rest, platformOf(storedPath) === 'windows' ? '\\' : '/')
  // A drive letter or the server of a UNC path becomes a folder of that name.
  const names = segments.map((name) => (/^[A-Za-z]:$/.test(name) ? name.slice(0, 1) : name))
  return areNames(names) ? join(resolve(to), ...names) : undefined
}

function segmentsOf(path: string, separator: string): string[] {
  return path.split(separator).filter((name) => name !== '')
}

/** Names that are one step down and nothing else, on any system. */
function areNames(names: readonly string[]): boolean {
  return names.every(
    (name) =>
      name !== '.' &&
      name !== '..' &&
      !name.includes('\0') &&
      !name.includes('/') &&
      (sep === '/' || !/[<>:"\\|?*]/.test(name))
  )
}

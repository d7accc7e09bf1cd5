import { posix, win32 } from 'node:path'
import { type Platform, separatorOf } from '../platform.ts'

/** The sources without those that are inside others. */
export interface SourceRoots {
  /** Absolute, without trailing separators except for the root of a file system; sorted; none inside another. */
  readonly outer: readonly string[]
  /** Sources inside others: stored even if a filter excludes them or a folder on the way to them. */
  readonly nested: readonly string[]
}

/** Makes sources absolute, drops duplicates and sorts out which of them are inside others. */
export function normalizeSources(sources: readonly string[], platform: Platform): SourceRoots {
  const { resolve, dirname } = platform === 'windows' ? win32 : posix
  const paths = new Set(sources.map((source) => resolve(source)).sort())
  const outer: string[] = []
  const nested: string[] = []
  for (const path of paths) {
    let above = dirname(path)
    while (above !== dirname(above) && !paths.has(above)) above = dirname(above)
    if (above !== path && paths.has(above)) nested.push(path)
    else outer.push(path)
  }
  return { outer, nested }
}

/** Whether `path` lies below `folder`; neither has a trailing separator, unless it is a root. */
export function isInside(path: string, folder: string, platform: Platform): boolean {
  const separator = separatorOf(platform)
  return path !== folder && path.startsWith(folder.endsWith(separator) ? folder : folder + separator)
}

import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'

/** Where a path leads when all links are followed. What is not there yet keeps its name, below what is. */
export function realPath(path: string): string {
  if (!isAbsolute(path)) return path
  const missing: string[] = []
  for (let known = path; ; known = dirname(known)) {
    try {
      return join(realpathSync.native(known), ...missing)
    } catch {
      if (dirname(known) === known) return path
      missing.unshift(basename(known))
    }
  }
}

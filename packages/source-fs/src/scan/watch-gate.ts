import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { loadNative } from '@tercet/native'
import { separatorOf, splitPath } from '../platform.ts'
import { EntryReader } from './entry-reader.ts'
import { openExclusionXattrs } from './exclusion-xattrs.ts'
import { NestedSources } from './nested-sources.ts'
import { type ResolvedScanOptions, resolveScanOptions, type ScanOptions } from './scan-options.ts'
import { createStatReader } from './stat-reader.ts'

/**
 * What a watcher of the sources need not watch, because a scan with these options would not look at it. A path that it
 * lets through may be left out all the same: what a name does not tell is decided when it is looked at.
 */
export function createWatchGate(options: ScanOptions) {
  const resolved = resolveScanOptions(options)
  const native = loadNative()
  const separator = separatorOf(resolved.platform)
  const nested = new NestedSources(resolved.roots.nested, resolved.platform)
  const xattrs = resolved.exclusionXattrs
    ? openExclusionXattrs(native?.posix?.xattrs, resolved.roots.outer)
    : undefined
  const own = ownNames(resolved)
  const entries = new EntryReader(resolved, createStatReader(native), xattrs, undefined)
  return {
    /** Absolute path of a folder, without a trailing separator; that it is entered by those above is taken for granted. */
    entersFolder(path: string): boolean {
      if (nested.has(path) || nested.isOnTheWay(path)) return true
      const { folder, name } = splitPath(path, resolved.platform)
      entries.read(folder, name, false, undefined, [])
      return entries.decision?.entered === true
    },
    isWanted(path: string): boolean {
      // Each version changes the time of the folder that it is stored in: that is left to a scan, or none would be the last.
      if (
        own.has(path) ||
        own.get(dirname(path))?.some((name) => name.test(path.slice(dirname(path).length + 1)))
      )
        return false
      const { filter } = resolved
      if (filter.isEmpty || filter.onlyIncludes || nested.has(path) || nested.isOnTheWay(path)) return true
      return filter.includes(path) || filter.includes(path + separator)
    },
    markerNames: resolved.ignoreFilenames
  }
}

/** Folders in which only some names are this program's, by every path that is known of them. */
function ownNames({ ownFolders }: ResolvedScanOptions): ReadonlyMap<string, readonly RegExp[]> {
  const known = new Map<string, readonly RegExp[]>()
  for (const { path, names } of ownFolders) {
    const patterns = names.map((name) => new RegExp(name, 's'))
    known.set(path, patterns)
    try {
      known.set(realpathSync(path), patterns)
    } catch {
      // It is made by the first version.
    }
  }
  return known
}

import { loadNative } from '@tercet/native'
import { separatorOf, splitPath } from '../platform.ts'
import { EntryReader } from './entry-reader.ts'
import { openExclusionXattrs } from './exclusion-xattrs.ts'
import { NestedSources } from './nested-sources.ts'
import { resolveScanOptions, type ScanOptions } from './scan-options.ts'
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
      const { filter } = resolved
      if (filter.isEmpty || filter.onlyIncludes || nested.has(path) || nested.isOnTheWay(path)) return true
      return filter.includes(path) || filter.includes(path + separator)
    },
    markerNames: resolved.ignoreFilenames
  }
}

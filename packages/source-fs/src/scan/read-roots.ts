import { opendirSync } from 'node:fs'
import { splitPath } from '../platform.ts'
import { SourceError } from '../source-error.ts'
import type { EntryReader } from './entry-reader.ts'
import { type FolderReader, Scan } from './folder-reader.ts'
import type { ResolvedScanOptions } from './scan-options.ts'

/**
 * The sources, as entries of the folders that hold them.
 *
 * @throws SourceError `SOURCE_NONE`, `SOURCE_MISSING`, `SOURCE_FOLDER_EMPTY`
 */
export function readRoots(
  options: ResolvedScanOptions,
  folders: FolderReader,
  entries: EntryReader
): readonly Scan[] {
  const scans = new Map<string, Scan>()
  let found = 0
  for (const root of options.roots.outer) {
    const { folder, name } = splitPath(root, options.platform)
    const scan = scans.get(folder) ?? new Scan(folder, 'listed')
    scans.set(folder, scan)
    if (folders.add(scan, name, true, undefined) && isReadable(root, scan, options, entries)) found++
  }
  if (found === 0) {
    const sources = options.roots.outer.join(', ')
    throw new SourceError('SOURCE_NONE', `None of the sources can be read (${sources}): are they mounted?`, {
      context: { sources }
    })
  }
  return [...scans.values()].map((scan) => scan.sort())
}

/** Looks into a source that is a folder. One that may not be read is taken out of the scan, and carried over. */
function isReadable(root: string, scan: Scan, options: ResolvedScanOptions, entries: EntryReader): boolean {
  const child = scan.children.at(-1)
  if (child === undefined || scan.entries.at(-1) !== child.entry) return true
  try {
    const folder = opendirSync(child.path)
    const isEmpty = folder.readSync() === null
    folder.closeSync()
    if (!isEmpty || !options.preventEmptySource) return true
  } catch (error) {
    scan.issues.push(entries.sourceFailure(root, error))
    scan.children.pop()
    scan.entries.pop()
    return false
  }
  throw new SourceError('SOURCE_FOLDER_EMPTY', `The source ${root} is empty: is it mounted?`, {
    context: { path: root }
  })
}

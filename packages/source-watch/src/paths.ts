import { sep } from 'node:path'

/** What all paths in a folder begin with. */
export function prefixOf(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep
}

/** Whether `path` is inside `folder`, at any depth. */
export function isBelow(path: string, folder: string): boolean {
  return path !== folder && path.startsWith(prefixOf(folder))
}

/** Of an absolute path with `/`; the root of the file system is above itself. */
export function folderAbove(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** Those places that are in no other one, sorted. */
export function outermost<Place extends { readonly path: string }>(
  places: readonly Place[]
): readonly Place[] {
  const kept: Place[] = []
  // With their separators, all that is in a folder comes right after it.
  const sorted = [...places].sort((left, right) => (prefixOf(left.path) < prefixOf(right.path) ? -1 : 1))
  for (const place of sorted) {
    const last = kept.at(-1)
    if (last === undefined || (last.path !== place.path && !isBelow(place.path, last.path))) kept.push(place)
  }
  return kept
}

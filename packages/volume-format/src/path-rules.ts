import type { VolumeErrorCode } from './volume-error.ts'

export interface PathProblem {
  readonly code: VolumeErrorCode
  readonly message: string
}

const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/]|\\\\[^\\/]+)/
const CLIMBS = /(?:^|[\\/])\.\.(?:[\\/]|$)/
/** Climbs on a Unix system only where `/` separates: a name may hold a backslash there. */
const CLIMBS_UNIX = /(?:^|\/)\.\.(?:\/|$)/
/** Duplicati's parser takes such a string for a date and then rejects the whole list. */
const LOOKS_LIKE_DATE = /^\/Date\(.*\)\/$/s

/** What makes a path of a file list unusable for any reader, or undefined (format section 5.2). */
export function findPathProblem(path: string): PathProblem | undefined {
  if (path === '' || path.includes('\0'))
    return problem('VOLUME_ENTRY_INVALID', path, 'is empty or holds a zero byte')
  if (!ABSOLUTE.test(path)) return problem('VOLUME_PATH_RELATIVE', path, 'is not absolute')
  if (path.includes('..') && (path.startsWith('/') ? CLIMBS_UNIX : CLIMBS).test(path)) {
    return problem('VOLUME_PATH_ESCAPES', path, 'has a segment ".."')
  }
  return undefined
}

/**
 * What keeps a path from being written to a file list, or undefined: besides what readers refuse, a path of the shape
 * `/Date(…)/`, which would make the list unreadable for Duplicati.
 */
export function findUnstorablePath(path: string): PathProblem | undefined {
  if (LOOKS_LIKE_DATE.test(path)) {
    return problem('VOLUME_PATH_UNSTORABLE', path, 'would make the file list unreadable for Duplicati')
  }
  return findPathProblem(path)
}

function problem(code: VolumeErrorCode, path: string, why: string): PathProblem {
  return { code, message: `The path ${JSON.stringify(path.slice(0, 500))} ${why}` }
}

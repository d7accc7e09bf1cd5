import { StorageError } from './errors.ts'

/** Bytes of UTF-8 that one segment of a storage path may have: the least limit of the file systems in use. */
export const MAX_SEGMENT_BYTES = 255
/** Bytes of UTF-8 that a whole storage path may have: the limit of S3 keys. */
export const MAX_PATH_BYTES = 1024
/** Characters of a refused path that an error repeats: it may come from anywhere. */
const MAX_SHOWN_LENGTH = 300

/** Byte length in UTF-8, without making the bytes. Unpaired surrogates count as U+FFFD. */
export function utf8Length(text: string): number {
  let length = 0
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return length
}

/**
 * The one place that knows what a storage path is: relative, segments separated by `/`, each 1 to 255 bytes of
 * well-formed Unicode without control characters and backslash, none of them `.` or `..`.
 *
 * @throws StorageError `STORAGE_INVALID_PATH`
 * @throws TypeError when it is no string
 */
export function assertStoragePath(path: string): void {
  if (typeof path !== 'string') throw new TypeError(`A storage path must be a string, not ${typeof path}`)
  const problem = findPathProblem(path)
  if (problem === undefined) return
  const shown = path.slice(0, MAX_SHOWN_LENGTH)
  throw new StorageError('STORAGE_INVALID_PATH', `Not a storage path: ${JSON.stringify(shown)} ${problem}`, {
    context: { path: shown }
  })
}

function findPathProblem(path: string): string | undefined {
  if (path === '') return 'is empty'
  if (!path.isWellFormed()) return 'is not well-formed Unicode'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return 'contains a control character or a backslash'
  if (utf8Length(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`
  for (const segment of path.split('/')) {
    if (segment === '') return 'has an empty segment'
    if (segment === '.' || segment === '..') return `has the segment "${segment}"`
    if (utf8Length(segment) > MAX_SEGMENT_BYTES) return `has a segment longer than ${MAX_SEGMENT_BYTES} bytes`
  }
  return undefined
}

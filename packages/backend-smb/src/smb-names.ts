import { StorageError } from '@tercet/interface'

/** What no name on an SMB share can hold ([MS-FSCC], section 2.1.5); a quote and a line end would also end a command. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const FORBIDDEN = /[\u0000-\u001f"*:<>?|\\]/
/** Servers drop what is at the end, so that two names would be one. */
const ENDING = /[. ]$/

/**
 * The name of a path as an argument of a command: absolute, in quotes.
 *
 * @throws StorageError `STORAGE_INVALID_PATH` for a name that cannot exist there
 */
export function remoteName(path: string, shownPath: string = path): string {
  for (const segment of path.split('/')) {
    const problem = FORBIDDEN.test(segment)
      ? 'has one of the characters " * : < > ? |'
      : ENDING.test(segment)
        ? 'has a name that ends with a dot or a space'
        : undefined
    if (problem !== undefined) {
      throw new StorageError(
        'STORAGE_INVALID_PATH',
        `${JSON.stringify(shownPath)} ${problem}, which cannot exist on an SMB share`,
        { context: { path: shownPath } }
      )
    }
  }
  return `"\\${path.replaceAll('/', '\\')}"`
}

/** A file of this machine as an argument of a command; undefined when its name cannot be written there. */
export function localName(file: string): string | undefined {
  return /["\r\n]/.test(file) ? undefined : `"${file}"`
}

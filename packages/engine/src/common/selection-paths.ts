/** Forms of a filter expression that say themselves what they match: `[regex]`, `{group}`, `@literal`. */
const EXPLICIT = /^(?:\[.*\]|\{.*\}|@.*)$/s

/**
 * The filter expression that a path argument of restore, list or find stands for: a bare name is looked for
 * everywhere, and a folder (trailing separator) stands for itself and all below it.
 *
 * @param separator the separator of the paths in the version
 */
export function pathArgumentToFilter(argument: string, separator: '/' | '\\' = '/'): string {
  if (EXPLICIT.test(argument)) return argument
  if (!/[/\\*?]/.test(argument)) return `*${separator}${argument}`
  return argument.endsWith(separator) ? `${argument}*` : argument
}

/** The separator of an absolute path of whichever system. */
export function separatorOf(path: string): '/' | '\\' {
  return path.startsWith('/') ? '/' : path.includes('\\') ? '\\' : '/'
}

/** Whose path rules hold. Linux stands for every system with slashes and case-sensitive names. */
export type Platform = 'linux' | 'macos' | 'windows'

/** The platform of this process. */
export function currentPlatform(): Platform {
  if (process.platform === 'win32') return 'windows'
  return process.platform === 'darwin' ? 'macos' : 'linux'
}

export function separatorOf(platform: Platform): '/' | '\\' {
  return platform === 'windows' ? '\\' : '/'
}

/** Whether paths that differ in case are different; the environment variable overrides what the platform says. */
export function isCaseSensitive(
  platform: Platform,
  environment: Readonly<Record<string, string | undefined>> = process.env
): boolean {
  const override = environment['FILESYSTEM_CASE_SENSITIVE']?.trim().toLowerCase()
  if (override !== undefined && override !== '') return ['1', 'on', 'true', 'yes'].includes(override)
  return platform === 'linux'
}

/**
 * The folder that holds `path`, with its separator, and the name in it; a folder's name keeps its trailing separator.
 * The name of a root such as `/` is the root itself, in the folder ''.
 */
export function splitPath(
  path: string,
  platform: Platform
): { readonly folder: string; readonly name: string } {
  const separator = separatorOf(platform)
  let end = path.length
  while (end > 0 && path[end - 1] === separator) end--
  const cut = path.lastIndexOf(separator, end - 1) + 1
  if (end === 0) return { folder: '', name: path }
  return { folder: path.slice(0, cut), name: path.slice(cut) }
}

import type { Platform } from '../platform.ts'

/** A path of a backup, from whichever system, taken apart. */
export interface StoredPath {
  /** `posix`: the root is empty. `windows`: a drive as in `C:`, or a share as in `\\server\share`. */
  readonly system: 'posix' | 'windows'
  readonly root: string
  readonly names: readonly string[]
}

/**
 * Takes a stored path apart. Undefined: it is relative, or has parts that lead elsewhere (`.`, `..`), are empty, hold a
 * zero or are no Unicode; whoever wrote that did not make a backup.
 */
export function parseStoredPath(path: string): StoredPath | undefined {
  if (path.includes('\0') || !path.isWellFormed()) return undefined
  if (path.startsWith('/')) return withNames('posix', '', path.slice(1).split('/'))
  const drive = /^[A-Za-z]:(?=[\\/]|$)/.exec(path)
  if (drive !== null)
    return withNames('windows', drive[0], path.slice(drive[0].length).split(/[\\/]/).slice(1))
  const share = /^[\\/]{2}(?:\?\\UNC\\)?([^\\/?.][^\\/]*)[\\/]([^\\/]+)/.exec(path)
  if (share === null || share[2] === '..' || share[2] === '.') return undefined
  const rest = path.slice(share[0].length).split(/[\\/]/).slice(1)
  return withNames('windows', `\\\\${share[1]}\\${share[2]}`, rest)
}

function withNames(
  system: 'posix' | 'windows',
  root: string,
  parts: readonly string[]
): StoredPath | undefined {
  const names = parts.at(-1) === '' ? parts.slice(0, -1) : parts
  for (const name of names) if (name === '' || name === '.' || name === '..') return undefined
  return { system, root, names }
}

/** Why `name` cannot exist on the platform; undefined if it can. */
export function nameProblem(name: string, platform: Platform): string | undefined {
  if (name.includes('/')) return 'has a "/" in it'
  if (platform !== 'windows') return undefined
  if (/[<>:"|?*\\]/.test(name)) return 'has a character in it that Windows does not allow'
  for (const character of name) if (character < ' ') return 'has a control character in it'
  if (/[. ]$/.test(name)) return 'ends with a dot or a space'
  if (/^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i.test(name))
    return 'is the name of a device of Windows'
  return undefined
}

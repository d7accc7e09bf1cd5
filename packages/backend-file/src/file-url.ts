import { posix, win32 } from 'node:path'
import { StorageError } from '@tercet/interface'

/** Where a file URL or path points to, before it is made absolute. */
export interface FileLocation {
  /** `relative` is relative to the working folder; `drive` and `unc` exist on Windows only. */
  readonly form: 'absolute' | 'relative' | 'drive' | 'unc'
  /** Normalised, with the separators of the system it is for. */
  readonly path: string
}

const SCHEME = /^file:/i
const DRIVE = /^[a-z]:([\\/]|$)/i
const URL_DRIVE = /^[\\/]+(?=[a-z]:([\\/]|$))/i

/**
 * Understands `file:///folder`, `file://folder`, `file:/folder` and plain paths. What follows `file://` is the path,
 * character by character: percent and plus signs, `?`, `#` and spaces mean themselves, and there is no host part, so
 * `file://folder` is relative to the working folder. Drive letters (`C:\x`, `file:///C:/x`) and network shares
 * (`\\server\share`, on Windows `//server/share` too) are recognised on every system.
 *
 * @throws StorageError `STORAGE_INVALID_URL` when it is empty or holds a NUL character
 */
export function parseFileUrl(url: string, platform: NodeJS.Platform = process.platform): FileLocation {
  const isUrl = SCHEME.test(url)
  const rest = isUrl ? withoutScheme(url) : url
  if (rest === '') throw invalid(url, 'it names no folder')
  if (rest.includes('\0')) throw invalid(url, 'it holds a NUL character')
  const path = isUrl ? rest.replace(URL_DRIVE, '') : rest
  if (DRIVE.test(path)) return { form: 'drive', path: windowsPath(path.length === 2 ? `${path}\\` : path) }
  if (path.startsWith('\\\\')) return { form: 'unc', path: windowsPath(path) }
  if (platform !== 'win32') {
    return { form: posix.isAbsolute(path) ? 'absolute' : 'relative', path: posix.normalize(path) }
  }
  if (/^[\\/]{2}[^\\/]/.test(path)) return { form: 'unc', path: windowsPath(path) }
  return { form: win32.isAbsolute(path) ? 'absolute' : 'relative', path: windowsPath(path) }
}

/**
 * The absolute path of the folder that a URL or path names on this system.
 *
 * @throws StorageError `STORAGE_INVALID_URL` also for a drive letter or a network share where there is none
 */
export function resolveFileUrl(url: string, platform: NodeJS.Platform = process.platform): string {
  const { form, path } = parseFileUrl(url, platform)
  if (platform === 'win32') return win32.resolve(path)
  if (form === 'drive' || form === 'unc') {
    const kind = form === 'drive' ? 'a drive letter' : 'a Windows network share'
    throw invalid(url, `${kind} can only be opened on Windows; write ./ before a folder with such a name`)
  }
  return posix.resolve(path)
}

function withoutScheme(url: string): string {
  const rest = url.slice('file:'.length)
  return rest.startsWith('//') ? rest.slice(2) : rest
}

/** `\` throughout; a share keeps its two leading ones. */
function windowsPath(path: string): string {
  return win32.normalize(path)
}

function invalid(url: string, reason: string): StorageError {
  return new StorageError('STORAGE_INVALID_URL', `Not a folder: ${JSON.stringify(url)}: ${reason}`, {
    context: { scheme: 'file' }
  })
}

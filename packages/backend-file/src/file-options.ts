import { resolve } from 'node:path'
import { assertKnownKeys, type Clock, type OperationObserver, systemClock } from '@tercet/interface'
import type { FileOperations } from './file-operations.ts'
import { resolveFileUrl } from './file-url.ts'
import { quickLooks } from './quick-looks.ts'
import { ABANDONED_AFTER_MS } from './temporary-names.ts'

export interface FileBackendOptions {
  /** The folder, taken literally; relative to the working folder. It may be a symbolic link to a folder. */
  readonly path: string
  /** Permission bits of files it stores. @defaultValue 0o600 */
  readonly fileMode?: number | undefined
  /** Permission bits of folders it makes. @defaultValue 0o700 */
  readonly folderMode?: number | undefined
  /** Age in milliseconds from which unfinished uploads are removed of whose writer nothing is known. @defaultValue one day */
  readonly abandonedAfterMs?: number | undefined
  readonly clock?: Clock | undefined
  /** Told of each change to the file system. */
  readonly observer?: OperationObserver | undefined
  /** Stands in for the file system of this machine. */
  readonly files?: FileOperations | undefined
}

export interface ResolvedFileOptions {
  readonly root: string
  readonly fileMode: number
  readonly folderMode: number
  readonly abandonedAfterMs: number
  readonly clock: Clock
  readonly observer: OperationObserver | undefined
  readonly files: FileOperations
}

const KEYS = ['path', 'fileMode', 'folderMode', 'abandonedAfterMs', 'clock', 'observer', 'files']

export function resolveFileOptions(input: FileBackendOptions | string): ResolvedFileOptions {
  const options: Partial<FileBackendOptions> = typeof input === 'string' ? {} : input
  assertKnownKeys(options, KEYS, 'createFileBackend')
  if (typeof input !== 'string' && (typeof input.path !== 'string' || input.path === '')) {
    throw new TypeError('createFileBackend needs the path of a folder')
  }
  const root = typeof input === 'string' ? resolveFileUrl(input) : resolve(input.path)
  return {
    root,
    fileMode: permissionBits(options.fileMode ?? 0o600, 'fileMode'),
    folderMode: permissionBits(options.folderMode ?? 0o700, 'folderMode'),
    abandonedAfterMs: options.abandonedAfterMs ?? ABANDONED_AFTER_MS,
    clock: options.clock ?? systemClock,
    observer: options.observer,
    files: options.files ?? quickLooks(root)
  }
}

function permissionBits(mode: number, name: string): number {
  if (Number.isInteger(mode) && mode >= 0 && mode <= 0o777) return mode
  throw new RangeError(`${name} must be permission bits from 0 to 0o777, not ${mode}`)
}

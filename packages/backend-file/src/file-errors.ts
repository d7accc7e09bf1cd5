import { type Retry, StorageError, type StorageErrorCode } from '@tercet/interface'

/** The one table from the system's codes to those of the contract; all others stay `STORAGE_UNEXPECTED`. */
const TABLE: Readonly<Record<string, readonly [StorageErrorCode, string, Retry?]>> = {
  ENOENT: ['STORAGE_NOT_FOUND', 'there is no such file or folder'],
  EEXIST: ['STORAGE_EXISTS', 'the name is taken'],
  EACCES: ['STORAGE_ACCESS_DENIED', 'permission denied; check owner and mode'],
  EPERM: ['STORAGE_ACCESS_DENIED', 'the system does not permit it; check owner, mode and attributes'],
  EROFS: ['STORAGE_READ_ONLY', 'the file system is mounted read-only'],
  ENOSPC: ['STORAGE_FULL', 'no space is left on the device'],
  EDQUOT: ['STORAGE_FULL', 'the disk quota is used up'],
  EISDIR: ['STORAGE_INVALID_PATH', 'a folder is in the way'],
  ENOTDIR: ['STORAGE_INVALID_PATH', 'a file is where a folder is expected'],
  ENAMETOOLONG: ['STORAGE_INVALID_PATH', 'the name is too long for this file system'],
  EILSEQ: ['STORAGE_INVALID_PATH', 'the name cannot exist on this file system'],
  ELOOP: ['STORAGE_INVALID_PATH', 'it is a symbolic link; links inside the destination are not followed'],
  EMLINK: ['STORAGE_INVALID_PATH', 'it is a symbolic link, or has too many links'],
  EIO: ['STORAGE_UNAVAILABLE', 'the device failed', 'may-help'],
  ENXIO: ['STORAGE_UNAVAILABLE', 'the device is gone', 'may-help'],
  ENODEV: ['STORAGE_UNAVAILABLE', 'the device is gone', 'may-help'],
  ESTALE: ['STORAGE_UNAVAILABLE', 'the network file system lost track of it', 'may-help'],
  ENOTCONN: ['STORAGE_UNAVAILABLE', 'the network file system is not connected', 'may-help'],
  EHOSTDOWN: ['STORAGE_UNAVAILABLE', 'the file server does not answer', 'may-help'],
  ETIMEDOUT: ['STORAGE_TIMEOUT', 'the file server does not answer', 'may-help'],
  EBUSY: ['STORAGE_UNAVAILABLE', 'it is in use', 'may-help'],
  EAGAIN: ['STORAGE_UNAVAILABLE', 'the system is short of something', 'may-help'],
  EMFILE: ['STORAGE_UNAVAILABLE', 'too many files are open', 'may-help'],
  ENFILE: ['STORAGE_UNAVAILABLE', 'too many files are open on this system', 'may-help'],
  ENOMEM: ['STORAGE_UNAVAILABLE', 'the system is short of memory', 'may-help']
}

/** The system's code of an error, also of one that was translated. */
export function errnoOf(error: unknown): string | undefined {
  const native = error instanceof StorageError ? error.cause : error
  const code = (native as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** A failed call to the file system, in the words of the contract. */
export function fileError(error: unknown, call: string, path: string): StorageError {
  const errno = errnoOf(error)
  const [code, reason, retry] = (errno === undefined ? undefined : TABLE[errno]) ?? []
  return new StorageError(
    code ?? 'STORAGE_UNEXPECTED',
    `Cannot ${call} ${JSON.stringify(path)}: ${reason ?? (error instanceof Error ? error.message : 'unknown failure')}`,
    { cause: error, retry, context: { path, ...(errno === undefined ? {} : { errno }) } }
  )
}

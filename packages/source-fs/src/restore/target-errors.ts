import { hasErrno, SourceError } from '../source-error.ts'

export function pathError(
  code: 'RESTORE_PATH_INVALID' | 'RESTORE_PATH_UNSAFE' | 'RESTORE_CONFLICT',
  path: string,
  reason: string,
  cause?: unknown
): SourceError {
  return new SourceError(code, `${path} ${reason}`, { cause, context: { path, reason } })
}

/** Failures of system calls that mean a conflict or an impossible name; all others stay what they are. */
export function translateError(path: string, error: unknown): unknown {
  if (hasErrno(error, 'EEXIST', 'EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'ELOOP')) {
    return pathError('RESTORE_CONFLICT', path, 'is taken by something that a restore does not replace', error)
  }
  if (hasErrno(error, 'ENAMETOOLONG', 'EILSEQ', 'EINVAL')) {
    return pathError('RESTORE_PATH_INVALID', path, 'cannot exist on this file system', error)
  }
  return error
}

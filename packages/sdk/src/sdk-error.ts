import { TercetError } from '@tercet/interface'

/**
 * - `STORAGE_UNKNOWN_SCHEME` no backend was given for URLs of this scheme; the message names the package that has one
 * - `BACKUP_NOT_FOUND` the destination is missing, empty, holds no backup, or one with another prefix
 * - `BACKUP_CATALOG_MISMATCH` the catalog belongs to another destination
 * - `BACKUP_CLOSED` the backup was disposed
 */
export type SdkErrorCode =
  | 'STORAGE_UNKNOWN_SCHEME'
  | 'BACKUP_NOT_FOUND'
  | 'BACKUP_CATALOG_MISMATCH'
  | 'BACKUP_CLOSED'

/** A failure of opening a backup, or of what is done with one as a whole. */
export class SdkError extends TercetError<SdkErrorCode> {}

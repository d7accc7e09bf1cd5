import { TercetError } from '@tercet/interface'

/**
 * - `BACKUP_PARAMETER_CHANGED` a setting that is fixed for the life of a destination was given another value
 * - `BACKUP_PASSPHRASE_MISSING` the destination is encrypted and no passphrase was given
 * - `BACKUP_PASSPHRASE_UNEXPECTED` the destination is not encrypted and a passphrase was given
 * - `BACKUP_PASSPHRASE_WRONG` the passphrase does not open the destination's volumes
 * - `BACKUP_CATALOG_OUTDATED` the destination holds volumes that the catalog does not know; recreate it first
 * - `BACKUP_CATALOG_UNFINISHED` the catalog is only partly recreated; finish that first
 * - `BACKUP_VOLUMES_MISSING` volumes that the catalog knows are gone or have another size; verify or repair first
 * - `BACKUP_NO_SOURCES` none of the sources exists
 * - `BACKUP_SOURCE_MISSING` a source is missing and the options say that this is an error
 * - `BACKUP_SOURCE_EMPTY` a source folder is empty and the options say that this is an error
 * - `BACKUP_QUOTA_EXCEEDED` the assigned quota would be exceeded
 * - `BACKUP_LIST_UNREADABLE` a list of changed or deleted files cannot be read
 * - `BACKUP_INCONSISTENT` blocks were promised that no volume holds; nothing was published
 * - `ENGINE_ISSUE_ABORT` the caller answered an issue with `abort`
 */
export type EngineErrorCode =
  | 'BACKUP_PARAMETER_CHANGED'
  | 'BACKUP_PASSPHRASE_MISSING'
  | 'BACKUP_PASSPHRASE_UNEXPECTED'
  | 'BACKUP_PASSPHRASE_WRONG'
  | 'BACKUP_CATALOG_OUTDATED'
  | 'BACKUP_CATALOG_UNFINISHED'
  | 'BACKUP_VOLUMES_MISSING'
  | 'BACKUP_NO_SOURCES'
  | 'BACKUP_SOURCE_MISSING'
  | 'BACKUP_SOURCE_EMPTY'
  | 'BACKUP_QUOTA_EXCEEDED'
  | 'BACKUP_LIST_UNREADABLE'
  | 'BACKUP_INCONSISTENT'
  | 'ENGINE_ISSUE_ABORT'

/** A failure of an operation as a whole; what concerns one entry or volume is an issue in the result instead. */
export class EngineError extends TercetError<EngineErrorCode> {}

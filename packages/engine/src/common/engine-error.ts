import { TercetError } from '@tercet/interface'

/**
 * - `BACKUP_PARAMETER_CHANGED` a setting that is fixed for the life of a destination was given another value
 * - `BACKUP_PASSPHRASE_MISSING` the destination is encrypted and no passphrase was given
 * - `BACKUP_PASSPHRASE_UNEXPECTED` the destination is not encrypted and a passphrase was given
 * - `BACKUP_PASSPHRASE_WRONG` the passphrase does not open the destination's volumes
 * - `BACKUP_CATALOG_OUTDATED` the destination holds volumes that the catalog does not know; recreate it first
 * - `BACKUP_CATALOG_UNFINISHED` the catalog is only partly recreated; finish that first
 * - `BACKUP_VOLUMES_MISSING` volumes that the catalog knows are gone or have another size; verify or repair first
 * - `BACKUP_DESTINATION_EMPTY` the destination, of which the catalog knows versions, has no volume or is not there
 * - `BACKUP_LIST_UNREADABLE` a list of changed or deleted files cannot be read
 * - `BACKUP_CONTROL_FILE_UNREADABLE` a control file cannot be read
 * - `BACKUP_INCONSISTENT` blocks were promised that no volume holds; nothing was published
 * - `ENGINE_CATALOG_EMPTY` the catalog knows no destination yet; recreate it or work from the destination alone
 * - `ENGINE_CATALOG_UNFINISHED` the catalog is only partly recreated, so that it may not know all versions
 * - `ENGINE_CATALOG_OUTDATED` the destination holds volumes that the catalog does not know; nothing was changed
 * - `ENGINE_VOLUMES_MISSING` volumes that the catalog knows are gone or damaged; nothing was changed
 * - `ENGINE_PASSPHRASE_MISSING` the destination is encrypted and no passphrase was given
 * - `ENGINE_PASSPHRASE_WRONG` the passphrase does not open the destination's volumes
 * - `ENGINE_FOLDER_NOT_FOUND` the version has no folder of this path
 * - `ENGINE_VERSION_UNREADABLE` the list of the version that is meant is damaged; others can be named by their numbers
 * - `ENGINE_VOLUME_UNUSABLE` a volume is not what its name says, or is missing
 * - `RESTORE_NOTHING_SELECTED` no entry of the version matches the selection
 * - `RESTORE_NOT_ONE_FILE` a new name for one file was given, and not exactly one file is selected
 * - `RESTORE_PLAN_USED` the plan was carried out before, or begun to be; the target is another since: plan again
 * - `RESTORE_NO_SPACE` the target has less free space than the files need, or none is left
 * - `RESTORE_LOCAL_BLOCK_CHANGED` a local file that served as a source of blocks changed meanwhile
 * - `RESTORE_METADATA_INVALID` the metadata of a link names no target
 * - `RESTORE_TARGET_EXISTS` something came into being at the place of a restored file meanwhile
 * - `RESTORE_HASH_MISMATCH` a restored file does not have the hash that its version says
 * - `RESTORE_FILE_NOT_FOUND` the version has no file at this path
 * - `RESTORE_FILE_LOST` a block of the file is in no volume that can be read
 * - `RECREATE_DESTINATION_EMPTY` the destination holds nothing
 * - `RECREATE_NO_BACKUP` the destination holds files, but no version of a backup with this prefix
 * - `RECREATE_OTHER_PREFIX` the destination holds backups with other prefixes only; the message names them
 * - `RECREATE_NO_VERSION_READABLE` not one list of a version could be read
 * - `RETENTION_NO_SUCH_VERSION` a version that was chosen to be deleted does not exist; none was deleted instead
 * - `RETENTION_REMOVES_EVERYTHING` no complete version would be left; nothing was deleted
 * - `RETENTION_VERSION_HELD` a version that was chosen to be deleted cannot go: an interrupted backup goes on from it
 * - `DELETE_PLAN_OUTDATED` there are other versions now than when the plan was made; nothing was deleted
 * - `COMPACT_LIVENESS_UNKNOWN` what a version needs is not known, so that no block can be proven to be unused
 * - `COMPACT_PLAN_OUTDATED` volumes are not what they were when the plan was made; nothing was changed
 * - `PURGE_NOTHING_MATCHES` nothing in the chosen versions matches; nothing was changed
 * - `PURGE_EMPTIES_VERSION` nothing would be left of a version, which can be deleted instead; nothing was changed
 * - `PURGE_ALL_BROKEN` nothing would be left of any version; nothing was changed
 * - `PURGE_VERSION_IS_LOCKED` an object lock keeps the list of a version that would have to change; nothing was changed
 * - `PURGE_PLAN_OUTDATED` versions are not what they were when the plan was made; nothing was changed
 * - `REPAIR_PLAN_OUTDATED` destination or replica are not what they were when the plan was made; nothing was changed
 * - `ENGINE_NO_FREE_TIME` a version that is to be rewritten has no free second for its new label, as one that follows at once is locked or unreadable
 * - `ENGINE_BACKUP_INTERRUPTED` an interrupted backup goes on from the newest version; back up again, or repair, first
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
  | 'BACKUP_DESTINATION_EMPTY'
  | 'BACKUP_LIST_UNREADABLE'
  | 'BACKUP_CONTROL_FILE_UNREADABLE'
  | 'BACKUP_INCONSISTENT'
  | 'ENGINE_CATALOG_EMPTY'
  | 'ENGINE_CATALOG_UNFINISHED'
  | 'ENGINE_CATALOG_OUTDATED'
  | 'ENGINE_VOLUMES_MISSING'
  | 'ENGINE_PASSPHRASE_MISSING'
  | 'ENGINE_PASSPHRASE_WRONG'
  | 'ENGINE_FOLDER_NOT_FOUND'
  | 'ENGINE_VERSION_UNREADABLE'
  | 'ENGINE_VOLUME_UNUSABLE'
  | 'RESTORE_NOTHING_SELECTED'
  | 'RESTORE_NOT_ONE_FILE'
  | 'RESTORE_PLAN_USED'
  | 'RESTORE_NO_SPACE'
  | 'RESTORE_LOCAL_BLOCK_CHANGED'
  | 'RESTORE_METADATA_INVALID'
  | 'RESTORE_TARGET_EXISTS'
  | 'RESTORE_HASH_MISMATCH'
  | 'RESTORE_FILE_NOT_FOUND'
  | 'RESTORE_FILE_LOST'
  | 'RECREATE_DESTINATION_EMPTY'
  | 'RECREATE_NO_BACKUP'
  | 'RECREATE_OTHER_PREFIX'
  | 'RECREATE_NO_VERSION_READABLE'
  | 'RETENTION_NO_SUCH_VERSION'
  | 'RETENTION_REMOVES_EVERYTHING'
  | 'RETENTION_VERSION_HELD'
  | 'DELETE_PLAN_OUTDATED'
  | 'COMPACT_LIVENESS_UNKNOWN'
  | 'COMPACT_PLAN_OUTDATED'
  | 'PURGE_NOTHING_MATCHES'
  | 'PURGE_EMPTIES_VERSION'
  | 'PURGE_ALL_BROKEN'
  | 'PURGE_VERSION_IS_LOCKED'
  | 'PURGE_PLAN_OUTDATED'
  | 'REPAIR_PLAN_OUTDATED'
  | 'ENGINE_NO_FREE_TIME'
  | 'ENGINE_BACKUP_INTERRUPTED'
  | 'ENGINE_ISSUE_ABORT'

/** A failure of an operation as a whole; what concerns one entry or volume is an issue in the result instead. */
export class EngineError extends TercetError<EngineErrorCode> {}

/**
 * What the issues of a backup can be, besides those of the source (`SourceIssueCode`) and of the destination
 * (`CoreErrorCode`).
 *
 * - `BACKUP_RECOVERED` the run before was interrupted; what it had stored became a partial version
 * - `BACKUP_CLOCK_BEHIND` the clock is behind the newest version; the new one is the newest all the same, and is labelled with
 *   a free second that is not of the future
 * - `BACKUP_CHANGED_WHILE_READING` a file changed while it was read; its entry is marked, and the next run reads it
 *   again
 * - `BACKUP_QUOTA_EXCEEDED` the next volume would have exceeded the quota; the version is partial
 * - `BACKUP_VOLUMES_DAMAGED` volumes were found damaged or missing; entries that need them are read again
 * - `BACKUP_NO_FILES` there are only folders or links among what was backed up
 */
export type BackupIssueCode =
  | 'BACKUP_RECOVERED'
  | 'BACKUP_CLOCK_BEHIND'
  | 'BACKUP_CHANGED_WHILE_READING'
  | 'BACKUP_QUOTA_EXCEEDED'
  | 'BACKUP_VOLUMES_DAMAGED'
  | 'BACKUP_NO_FILES'

/**
 * What the issues of a restore can be, besides those of writing (`RestoreIssueCode` and `SourceErrorCode` of the
 * source package, `EngineErrorCode`).
 *
 * - `RESTORE_VOLUME_DAMAGED` a volume is missing or damaged; other copies of its blocks are tried
 * - `RESTORE_FILE_LOST` a block of the file is in no volume that can be read
 * - `RESTORE_METADATA_LOST` the metadata, or the target of the link, is in no volume that can be read
 * - `RESTORE_BLOCKLIST_MISSING` the list of the file's blocks is in no volume that can be read
 * - `RESTORE_BLOCK_UNREADABLE` a block cannot be read from a volume that was fetched; the message tells why
 * - `RESTORE_WRITE_FAILED` the file system refused or failed; the message tells
 * - `RESTORE_TOO_MANY_CONFLICTS` the name and all other names for it are taken
 */
export type RestoreRunIssueCode =
  | 'RESTORE_VOLUME_DAMAGED'
  | 'RESTORE_FILE_LOST'
  | 'RESTORE_METADATA_LOST'
  | 'RESTORE_BLOCKLIST_MISSING'
  | 'RESTORE_BLOCK_UNREADABLE'
  | 'RESTORE_WRITE_FAILED'
  | 'RESTORE_TOO_MANY_CONFLICTS'

/**
 * What the issues of a delete can be, besides `STORAGE_` codes for lists that could not be deleted and will be later.
 *
 * - `DELETE_VERSION_LOCKED` an object lock keeps the list of a version, which stays
 * - `DELETE_VERSION_REFUSED` the destination does not let the list of a version be deleted, which stays
 */
export type DeleteIssueCode = 'DELETE_VERSION_LOCKED' | 'DELETE_VERSION_REFUSED'

/**
 * What the issues of a compaction can be, besides `STORAGE_` codes for volumes that could not be fetched or deleted now.
 *
 * - `COMPACT_VOLUME_LOCKED` an object lock keeps a volume, which stays
 * - `COMPACT_VOLUME_DAMAGED` a volume that was to be made anew is damaged; it stays as it is
 */
export type CompactIssueCode = 'COMPACT_VOLUME_LOCKED' | 'COMPACT_VOLUME_DAMAGED'

/**
 * What the issues of locking what the newest version needs can be.
 *
 * - `LOCK_NOT_EXTENDED` a volume could not be locked, or for as long as was asked; the message tells why
 */
export type LockIssueCode = 'LOCK_NOT_EXTENDED'

/**
 * What the issues of a purge can be, besides `STORAGE_` codes for lists that could not be deleted and will be later.
 *
 * - `PURGE_VERSION_LOCKED` an object lock keeps the list of a version, which stays as it is
 * - `PURGE_VERSION_UNREADABLE` the list of a version cannot be read, so that nobody knows what is in it
 * - `PURGE_LIST_DAMAGED` the list of a version is damaged at the destination, so that what it has besides entries is lost
 * - `PURGE_EXTRAS_LOST` the list of a version is lost and was made anew, without what it had besides entries
 */
export type PurgeIssueCode =
  | 'PURGE_VERSION_LOCKED'
  | 'PURGE_VERSION_UNREADABLE'
  | 'PURGE_LIST_DAMAGED'
  | 'PURGE_EXTRAS_LOST'

/**
 * What the issues of a repair can be, besides `STORAGE_` codes for volumes that could not be deleted and will be later.
 *
 * - `REPAIR_COPY_UNUSABLE` the replica's copy of a volume is damaged, or could not be fetched or stored
 * - `REPAIR_EXTRAS_LOST` the list of a version was made anew, without what it had besides entries
 * - `REPAIR_VOLUME_LOST` a volume could not be mended, or not as a whole
 * - `REPAIR_FILES_LOST` files cannot be restored as a whole
 */
export type RepairIssueCode =
  | 'REPAIR_COPY_UNUSABLE'
  | 'REPAIR_EXTRAS_LOST'
  | 'REPAIR_VOLUME_LOST'
  | 'REPAIR_FILES_LOST'

/**
 * What the issues of a recreation can be, besides `VOLUME_` codes for parts of a volume that were passed over.
 *
 * - `RECREATE_VOLUME_UNREADABLE` a volume cannot be read; others are tried in its place
 * - `RECREATE_VOLUME_MISSING` an index names a volume that is not at the destination
 * - `RECREATE_BLOCKS_MISSING` versions need blocks that are in no volume that can be read
 */
export type RecreateIssueCode =
  | 'RECREATE_VOLUME_UNREADABLE'
  | 'RECREATE_VOLUME_MISSING'
  | 'RECREATE_BLOCKS_MISSING'

/**
 * What the defects that `verify` finds can be, besides the `VOLUME_` and `CRYPTO_` codes of a volume that cannot be
 * opened or whose bytes are not those that were stored.
 *
 * - `VERIFY_VOLUME_MISSING` a volume is not at the destination
 * - `VERIFY_VOLUME_EXTRA` a volume of this backup is not in the catalog
 * - `VERIFY_SIZE_MISMATCH` a volume has another size than was stored
 * - `VERIFY_DIRECTORY_BROKEN` the directory of a volume's archive is broken; entries were found by their headers
 * - `VERIFY_VERSION_UNKNOWN` the catalog knows no version of this list
 * - `VERIFY_ENTRY_MISSING` an entry of the catalog is not in the list
 * - `VERIFY_ENTRY_MODIFIED` an entry is otherwise in the list than in the catalog
 * - `VERIFY_ENTRY_EXTRA` an entry of the list is not in the catalog
 * - `VERIFY_BLOCK_MISSING` a block is not in the volume that should hold it
 * - `VERIFY_BLOCK_MODIFIED` a block has another length than the catalog knows
 * - `VERIFY_BLOCK_DAMAGED` a block cannot be read, or has another hash
 * - `VERIFY_BLOCK_EXTRA` a volume holds a block that the catalog does not know
 * - `VERIFY_INDEX_MISSING` an index does not describe a volume that it is for
 * - `VERIFY_INDEX_EXTRA` an index describes a volume that the catalog does not know
 * - `VERIFY_INDEX_LIST_MISSING` an index has copies of lists of blocks, but not of all that its volumes hold
 * - `VERIFY_INDEX_BLOCK_MISSING` an index does not list a block of its volume
 * - `VERIFY_INDEX_BLOCK_MODIFIED` an index lists a block with another length
 * - `VERIFY_INDEX_BLOCK_EXTRA` an index lists a block that the catalog does not know
 */
export type VerifyIssueCode =
  | 'VERIFY_VOLUME_MISSING'
  | 'VERIFY_VOLUME_EXTRA'
  | 'VERIFY_SIZE_MISMATCH'
  | 'VERIFY_DIRECTORY_BROKEN'
  | 'VERIFY_VERSION_UNKNOWN'
  | 'VERIFY_ENTRY_MISSING'
  | 'VERIFY_ENTRY_MODIFIED'
  | 'VERIFY_ENTRY_EXTRA'
  | 'VERIFY_BLOCK_MISSING'
  | 'VERIFY_BLOCK_MODIFIED'
  | 'VERIFY_BLOCK_DAMAGED'
  | 'VERIFY_BLOCK_EXTRA'
  | 'VERIFY_INDEX_MISSING'
  | 'VERIFY_INDEX_EXTRA'
  | 'VERIFY_INDEX_LIST_MISSING'
  | 'VERIFY_INDEX_BLOCK_MISSING'
  | 'VERIFY_INDEX_BLOCK_MODIFIED'
  | 'VERIFY_INDEX_BLOCK_EXTRA'

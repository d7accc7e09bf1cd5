import { TercetError } from '@tercet/interface'
import type { CatalogErrorCode } from './catalog/catalog-error.ts'

/**
 * - `WORKER_START_FAILED` a worker thread could not be started; the message names its file
 * - `WORKER_CRASHED` a worker thread ended in the middle of its work, and its pool with it
 * - `WORKER_CLOSED` the pool was disposed while the job waited or ran
 * - `WORKER_UNKNOWN_JOB` the worker module has no job of this name: two versions of a package were mixed
 * - `INDEX_FULL` the block index holds as many blocks as it can
 * - `INDEX_BROKEN` a thread died while it changed the block index, which is useless since
 * - `SPOOL_FULL` the folder for temporary files has no space left
 * - `SPOOL_FAILED` the folder for temporary files cannot be made or written to
 * - `DESTINATION_VOLUME_MISSING` a volume that the catalog knows is not at the destination
 * - `DESTINATION_VOLUME_DAMAGED` the bytes of a volume are not those that were stored
 * - `DESTINATION_UNKNOWN_VOLUMES` volumes of this backup lie at the destination which the catalog does not know
 * - `DESTINATION_CHANGED_ELSEWHERE` another catalog stored versions at this destination
 * - `DESTINATION_DUPLICATE_NAMES` the destination lists one name twice
 * - `DESTINATION_UPLOAD_FAILED` a volume could not be stored, under however many names
 * - `DESTINATION_DELETE_REFUSED` a volume was to be deleted without proof that nothing needs it
 * - `DESTINATION_NO_BACKUP` no version of a backup lies at the destination
 * - `DESTINATION_SEVERAL_BACKUPS` several backups lie at the destination; one has to be chosen by its prefix
 * - `DESTINATION_CONTENT_DAMAGED` what was put together from blocks does not have the length or hash recorded for it
 * - `BLOCK_NOT_FOUND` no block with this hash was put into the block store, or its volumes are lost
 * - `BLOCK_STORE_CLOSED` the block store was disposed of
 * - `BLOCK_STORE_MISMATCH` the catalog belongs to something else than this block store, or to one with other settings
 */
export type CoreErrorCode =
  | CatalogErrorCode
  | 'INDEX_FULL'
  | 'INDEX_BROKEN'
  | 'WORKER_START_FAILED'
  | 'WORKER_CRASHED'
  | 'WORKER_CLOSED'
  | 'WORKER_UNKNOWN_JOB'
  | 'SPOOL_FULL'
  | 'SPOOL_FAILED'
  | 'DESTINATION_VOLUME_MISSING'
  | 'DESTINATION_VOLUME_DAMAGED'
  | 'DESTINATION_UNKNOWN_VOLUMES'
  | 'DESTINATION_CHANGED_ELSEWHERE'
  | 'DESTINATION_DUPLICATE_NAMES'
  | 'DESTINATION_UPLOAD_FAILED'
  | 'DESTINATION_DELETE_REFUSED'
  | 'DESTINATION_NO_BACKUP'
  | 'DESTINATION_SEVERAL_BACKUPS'
  | 'DESTINATION_CONTENT_DAMAGED'
  | 'BLOCK_NOT_FOUND'
  | 'BLOCK_STORE_CLOSED'
  | 'BLOCK_STORE_MISMATCH'

/** A failure of the catalog, of worker threads, of the spool or of the volumes at a destination. */
export class CoreError extends TercetError<CoreErrorCode> {}

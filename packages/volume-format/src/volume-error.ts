import { TercetError } from '@tercet/interface'

/**
 * - `VOLUME_INVALID_NAME` a name that does not follow the grammar of volume names, or a prefix that cannot be used
 * - `VOLUME_WRONG_TYPE` a volume of another type than the one asked for
 * - `VOLUME_UNSUPPORTED_COMPRESSION` the archive is of a kind that cannot be read here, as its name says
 * - `VOLUME_UNSUPPORTED_ENCRYPTION` encrypted in a way that cannot be read here, as its name says
 * - `VOLUME_UNSUPPORTED_METHOD` an entry is compressed with a method that is not available here
 * - `VOLUME_SIZE_MISMATCH` the file has another size than the one recorded for it
 * - `VOLUME_HASH_MISMATCH` the file has another hash than the one recorded for it
 * - `VOLUME_ARCHIVE_INVALID` no archive, or one so damaged that fewer than two entries can be found
 * - `VOLUME_ENTRY_MISSING` an entry that must be there is not
 * - `VOLUME_ENTRY_DAMAGED` the bytes of an entry cannot be unpacked, or have the wrong length or checksum
 * - `VOLUME_BLOCK_DAMAGED` a block whose content does not have the hash or length that it is named after
 * - `VOLUME_MANIFEST_INVALID` the manifest is not the JSON object that it has to be
 * - `VOLUME_MANIFEST_VERSION` written in a newer version of the format
 * - `VOLUME_MANIFEST_ENCODING` text in another encoding than UTF-8
 * - `VOLUME_MANIFEST_BLOCKSIZE` another block size than the destination's
 * - `VOLUME_BLOCKSIZE_LIMIT` a block size that is more than is taken from a destination whose settings are not known
 * - `VOLUME_MANIFEST_HASH` another hash algorithm than the destination's, or an unknown one
 * - `VOLUME_INDEX_INVALID` a list of blocks in a dindex that cannot be understood
 * - `VOLUME_LIST_INVALID` the list of files in a dlist, or its `fileset` entry, cannot be understood
 * - `VOLUME_METADATA_INVALID` a metadata blob that is not a flat JSON object of strings
 * - `VOLUME_VERIFICATION_INVALID` a verification file that cannot be understood
 * - `VOLUME_LIMIT_EXCEEDED` something is larger than the limits allow, as a hostile volume may be
 * - `VOLUME_ENTRY_INVALID` an entry of a file list with a missing, ill-typed or impossible property
 * - `VOLUME_ENTRY_UNKNOWN_TYPE` an entry of a file list that is no file, folder or symlink
 * - `VOLUME_PATH_RELATIVE` a path that is not absolute in any style
 * - `VOLUME_PATH_ESCAPES` a path with a segment `..`
 * - `VOLUME_PATH_DUPLICATE` a path that occurred before in the same list
 * - `VOLUME_PATH_UNSTORABLE` a path that Duplicati could not read back
 */
export type VolumeErrorCode =
  | 'VOLUME_INVALID_NAME'
  | 'VOLUME_WRONG_TYPE'
  | 'VOLUME_UNSUPPORTED_COMPRESSION'
  | 'VOLUME_UNSUPPORTED_ENCRYPTION'
  | 'VOLUME_UNSUPPORTED_METHOD'
  | 'VOLUME_SIZE_MISMATCH'
  | 'VOLUME_HASH_MISMATCH'
  | 'VOLUME_ARCHIVE_INVALID'
  | 'VOLUME_ENTRY_MISSING'
  | 'VOLUME_ENTRY_DAMAGED'
  | 'VOLUME_BLOCK_DAMAGED'
  | 'VOLUME_MANIFEST_INVALID'
  | 'VOLUME_MANIFEST_VERSION'
  | 'VOLUME_MANIFEST_ENCODING'
  | 'VOLUME_MANIFEST_BLOCKSIZE'
  | 'VOLUME_BLOCKSIZE_LIMIT'
  | 'VOLUME_MANIFEST_HASH'
  | 'VOLUME_INDEX_INVALID'
  | 'VOLUME_LIST_INVALID'
  | 'VOLUME_METADATA_INVALID'
  | 'VOLUME_VERIFICATION_INVALID'
  | 'VOLUME_LIMIT_EXCEEDED'
  | 'VOLUME_ENTRY_INVALID'
  | 'VOLUME_ENTRY_UNKNOWN_TYPE'
  | 'VOLUME_PATH_RELATIVE'
  | 'VOLUME_PATH_ESCAPES'
  | 'VOLUME_PATH_DUPLICATE'
  | 'VOLUME_PATH_UNSTORABLE'

/** A volume that cannot be read or written as asked. */
export class VolumeError extends TercetError<VolumeErrorCode> {}

/** Something in a volume that was left out while the rest was read. Plain data. */
export interface VolumeProblem {
  readonly code: VolumeErrorCode
  readonly message: string
  /** The path in a file list, or the name of an archive entry. */
  readonly path?: string | undefined
}

import type { VectorErrorWord } from './vector-errors.ts'

/** A file of a vector: its name at the destination, and its bytes in Base64. */
export interface VectorFile {
  readonly name: string
  readonly base64: string
}

/** An entry of a version as a reader must find it. */
export interface VectorEntry {
  readonly type: 'file' | 'folder' | 'symlink'
  /** As the file list has it, with the separators of the system it comes from. */
  readonly path: string
  /** Of a file. */
  readonly size?: number | undefined
  /** Of a file: hash of the content in hexadecimal. Absent where the content cannot be had. */
  readonly sha256?: string | undefined
  /** Of a file: time of its last change in seconds since 1970. */
  readonly modified?: number | undefined
  /** Of a file whose content cannot be had: what is wrong; any of these words. */
  readonly errors?: readonly VectorErrorWord[] | undefined
  /** The metadata object; absent where an entry has none, or where it cannot be had. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** One version of a backup. */
export interface VectorVersion {
  /** As in the name of its list. */
  readonly time: string
  readonly isFull: boolean
  /** In the order of code units of their paths. */
  readonly entries: readonly VectorEntry[]
  /** Entries of the list that a reader has to leave out, and why. */
  readonly leftOut?:
    | readonly { readonly path: string; readonly errors: readonly VectorErrorWord[] }[]
    | undefined
  readonly controlFiles?: readonly { readonly name: string; readonly sha256: string }[] | undefined
}

interface CommonVector {
  /** Also the name of its file. */
  readonly id: string
  readonly summary: string
  /** Words to choose vectors by, such as `aes` or `tgz`. */
  readonly features: readonly string[]
  readonly passphrase?: string | undefined
}

/** A whole destination, and what is in it or why it must be refused. */
export interface DestinationVector extends CommonVector {
  readonly kind: 'destination'
  readonly prefix: string
  readonly files: readonly VectorFile[]
  /** Newest first; absent where the destination cannot be opened. */
  readonly versions?: readonly VectorVersion[] | undefined
  /** Why the destination as a whole must be refused; any of these words. */
  readonly errors?: readonly VectorErrorWord[] | undefined
}

/** A single volume that no reader may take for whole. */
export interface VolumeVector extends CommonVector {
  readonly kind: 'volume'
  readonly file: VectorFile
  /** What is known about the destination, where it matters. */
  readonly settings?:
    | { readonly blocksize: number; readonly blockHash: string; readonly fileHash: string }
    | undefined
  /** What a dindex or another record says about the file. */
  readonly recorded?: { readonly size: number; readonly sha256: string } | undefined
  /** Any of these words. */
  readonly errors: readonly VectorErrorWord[]
}

/** Names of remote files, and what each is. */
export interface NamesVector extends CommonVector {
  readonly kind: 'names'
  readonly prefix: string
  readonly names: readonly {
    readonly name: string
    readonly is: 'dblock' | 'dindex' | 'dlist' | 'parity' | 'verification' | 'other'
  }[]
}

/** A volume as a verification file lists it. */
export interface VectorRecord {
  readonly name: string
  readonly type: 'dblock' | 'dlist' | 'dindex'
  readonly state: 'temporary' | 'uploading' | 'uploaded' | 'verified' | 'deleting' | 'deleted'
  /** Absent where it is not known. */
  readonly size?: number | undefined
  /** In hexadecimal; absent where it is not known. */
  readonly sha256?: string | undefined
}

/** A list of volumes beside them, and what is in it or why it must be refused. */
export interface VerificationVector extends CommonVector {
  readonly kind: 'verification'
  readonly file: VectorFile
  readonly records?: readonly VectorRecord[] | undefined
  /** Any of these words. */
  readonly errors?: readonly VectorErrorWord[] | undefined
}

export type FormatVector = DestinationVector | VolumeVector | NamesVector | VerificationVector

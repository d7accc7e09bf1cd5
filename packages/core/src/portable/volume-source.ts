import type { RandomAccess } from '@tercet/crypto'

/** A file at a destination, opened for reading; disposed of when it is not needed any more. */
export interface VolumeFile extends RandomAccess, Disposable {}

/**
 * Where the files of a destination are: a folder that somebody picked, a web server, memory. Names are those of files
 * directly in it.
 */
export interface VolumeSource {
  /** Names of all files. */
  list(options: { readonly signal?: AbortSignal | undefined }): Promise<readonly string[]>
  /** Opens a file of the list. It should keep it out of memory, since dblocks are large and several are open at a time. */
  open(name: string, options: { readonly signal?: AbortSignal | undefined }): Promise<VolumeFile>
}

import { createHasher, type HashAlgorithm, type Hasher } from '@tercet/crypto'
import type { DirectFile, DirectIo, PageCache } from '@tercet/native'
import type { TargetFile } from '@tercet/source-fs'
import { writeAll, writeAroundHoles } from './write-bytes.ts'

/** Content of smaller files is brought to the disk by the system, which can do it for many at a time. */
export const MIN_DIRECT_BYTES = 4 * 1024 * 1024

export interface WorkingFileOptions {
  readonly file: TargetFile
  /** Position in the job's entries. */
  readonly entry: number
  readonly sizeBytes: number
  /** What is at the places to be written already, which is not zeros. */
  readonly hasContent: boolean
  /** Where all blocks come from one source, and maybe in their order: hashed as they come. */
  readonly algorithm: HashAlgorithm | undefined
}

/** A file whose blocks are being written, in any order. */
export class WorkingFile {
  readonly file: TargetFile
  readonly entry: number
  readonly #options: WorkingFileOptions
  readonly #io: DirectIo
  readonly #pages: PageCache
  #direct: DirectFile | undefined
  #hasher: Hasher | undefined
  #hashedBytes = 0

  constructor(options: WorkingFileOptions, io: DirectIo, pages: PageCache) {
    const { file, entry, sizeBytes, algorithm } = options
    this.file = file
    this.entry = entry
    this.#options = options
    this.#io = io
    this.#pages = pages
    if (sizeBytes >= MIN_DIRECT_BYTES) this.#direct = io.open(file.fd, 'write')
    if (algorithm !== undefined) this.#hasher = createHasher(algorithm)
  }

  write(bytes: Uint8Array, position: number): void {
    const { file, hasContent } = this.#options
    const write = hasContent ? writeAll : writeAroundHoles
    write(file.fd, bytes, position, this.#writeDirectly)
    this.#pages.wrote(file.fd, position, this.#direct === undefined ? bytes.length : 0)
    if (position === this.#hashedBytes) {
      this.#hasher?.update(bytes)
      this.#hashedBytes += bytes.length
    } else this.#hasher = undefined
  }

  /** The hash of the whole content, where it was written from its beginning to its end. */
  digest(): Uint8Array | undefined {
    return this.#hashedBytes === this.#options.sizeBytes ? this.#hasher?.digest() : undefined
  }

  /** Leaves the file itself open. */
  close(): void {
    this.#direct?.close()
    this.#direct = undefined
  }

  readonly #writeDirectly = (bytes: Uint8Array, position: number): number =>
    this.#direct === undefined ? 0 : this.#io.write(this.#direct, bytes, position)
}

import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdtemp, open, rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ByteSource } from '@tercet/interface'
import { SyncError } from '../sync-error.ts'

/** Files up to that size are kept in memory, */
const MAX_IN_MEMORY_BYTES = 256 * 1024
/** as long as they are not more than that together. */
const MEMORY_BYTES = 16 * 1024 * 1024
const READ_BYTES = 512 * 1024

/** Bytes that arrive and are then read any number of times. */
export interface SpooledBytes {
  readonly isInMemory: boolean
  write(chunk: Uint8Array): Promise<void>
  /** Forgets what was written. */
  reset(): Promise<void>
  /** All has arrived. */
  finish(): Promise<ByteSource>
  dispose(): Promise<void>
}

/** Where files wait between the primary and the replicas: small ones in memory, others in a folder of their own. */
export class SpoolFolder implements AsyncDisposable {
  readonly #parent: string
  #folder: Promise<string> | undefined
  #memoryBytes = 0
  #isClosed = false

  constructor(parent: string | undefined) {
    this.#parent = parent ?? tmpdir()
  }

  async create(sizeBytes: number): Promise<SpooledBytes> {
    const inMemory = this.createInMemory(sizeBytes)
    if (inMemory !== undefined) return inMemory
    try {
      this.#folder ??= mkdtemp(join(this.#parent, 'tercet-sync-'))
      const path = join(await this.#folder, randomBytes(8).toString('hex'))
      if (this.#isClosed) throw new Error('the run has ended')
      return new BytesInFile(path, await open(path, 'wx', 0o600))
    } catch (error) {
      throw spoolFailed(this.#parent, error)
    }
  }

  /** Undefined where there is no room for it in memory, or it is too large for that. */
  createInMemory(sizeBytes: number): SpooledBytes | undefined {
    if (sizeBytes > MAX_IN_MEMORY_BYTES || this.#memoryBytes + sizeBytes > MEMORY_BYTES) return undefined
    this.#memoryBytes += sizeBytes
    return new BytesInMemory(() => {
      this.#memoryBytes -= sizeBytes
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const folder = await this.#folder?.catch(() => undefined)
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}

class BytesInMemory implements SpooledBytes {
  readonly isInMemory = true
  readonly #onDispose: () => void
  #chunks: Uint8Array[] = []
  #isDisposed = false

  constructor(onDispose: () => void) {
    this.#onDispose = onDispose
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk)
  }

  async reset(): Promise<void> {
    this.#chunks = []
  }

  async finish(): Promise<ByteSource> {
    const chunks = this.#chunks
    let size = 0
    for (const chunk of chunks) size += chunk.byteLength
    return {
      size,
      async *open(options) {
        for (const chunk of chunks) {
          options?.signal?.throwIfAborted()
          yield chunk
        }
      }
    }
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return
    this.#isDisposed = true
    this.#chunks = []
    this.#onDispose()
  }
}

class BytesInFile implements SpooledBytes {
  readonly isInMemory = false
  readonly #path: string
  #file: FileHandle | undefined
  #size = 0

  constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#file === undefined) throw spoolFailed(this.#path, new Error('the file was given up'))
    try {
      for (let done = 0; done < chunk.byteLength; ) {
        const left = chunk.byteLength - done
        done += (await this.#file.write(chunk, done, left, this.#size + done)).bytesWritten
      }
      this.#size += chunk.byteLength
    } catch (error) {
      throw spoolFailed(this.#path, error)
    }
  }

  async reset(): Promise<void> {
    this.#size = 0
    await this.#file?.truncate(0)
  }

  async finish(): Promise<ByteSource> {
    await this.#close()
    return localFileSource(this.#path, this.#size)
  }

  async dispose(): Promise<void> {
    await this.#close()
    await unlink(this.#path).catch(() => {})
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }
}

/** The bytes of a file on this machine, which a backend may read by itself. */
export function localFileSource(path: string, size: number): ByteSource {
  return {
    size,
    localFile: { path, adoptable: false },
    open: (options) => readLocalFile(path, size, options?.signal)
  }
}

/** The first `size` bytes of a file on this machine; fewer where it has become shorter. */
export async function* readLocalFile(
  path: string,
  size: number,
  signal: AbortSignal | undefined
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted()
  const file = await open(path, 'r')
  try {
    for (let position = 0; position < size; ) {
      signal?.throwIfAborted()
      const chunk = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, size - position))
      const { bytesRead } = await file.read(chunk, 0, chunk.byteLength, position)
      if (bytesRead === 0) return
      position += bytesRead
      yield bytesRead < chunk.byteLength ? chunk.subarray(0, bytesRead) : chunk
    }
  } finally {
    await file.close()
  }
}

function spoolFailed(where: string, cause: unknown): SyncError {
  return new SyncError(
    'SYNC_SPOOL_FAILED',
    `Temporary files cannot be written to ${where}: ${cause instanceof Error ? cause.message : String(cause)}; make room, or choose another folder`,
    { cause }
  )
}

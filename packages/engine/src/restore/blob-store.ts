import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Bytes kept in memory before a temporary file takes over. */
const DEFAULT_MEMORY_BYTES = 32 * 1024 * 1024

/**
 * Keeps small byte strings by number until they are taken again: in memory, and beyond a limit in a file that has no
 * name any more, so that nothing of it is left whatever happens.
 */
export class BlobStore implements Disposable {
  readonly #memoryLimit: number
  readonly #folder: string
  readonly #inMemory = new Map<number, Uint8Array>()
  readonly #inFile = new Map<number, { position: number; length: number }>()
  #memoryBytes = 0
  #file: number | undefined
  #fileBytes = 0

  constructor(folder = tmpdir(), memoryLimit = DEFAULT_MEMORY_BYTES) {
    this.#folder = folder
    this.#memoryLimit = memoryLimit
  }

  /** Copies the bytes. */
  put(key: number, bytes: Uint8Array): void {
    if (this.#memoryBytes + bytes.length <= this.#memoryLimit) {
      this.#memoryBytes += bytes.length
      this.#inMemory.set(key, Uint8Array.from(bytes))
      return
    }
    this.#file ??= openUnnamed(this.#folder)
    writeSync(this.#file, bytes, 0, bytes.length, this.#fileBytes)
    this.#inFile.set(key, { position: this.#fileBytes, length: bytes.length })
    this.#fileBytes += bytes.length
  }

  /** The bytes that were put under this key, which is free again afterwards. */
  take(key: number): Uint8Array | undefined {
    const kept = this.#inMemory.get(key)
    if (kept !== undefined) {
      this.#inMemory.delete(key)
      this.#memoryBytes -= kept.length
      return kept
    }
    const place = this.#inFile.get(key)
    if (place === undefined || this.#file === undefined) return undefined
    this.#inFile.delete(key)
    const bytes = new Uint8Array(place.length)
    readSync(this.#file, bytes, 0, place.length, place.position)
    return bytes
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    this.#inMemory.clear()
    this.#inFile.clear()
  }
}

function openUnnamed(folder: string): number {
  const path = join(folder, `tercet-${randomBytes(8).toString('hex')}.tmp`)
  const file = openSync(path, 'wx+', 0o600)
  try {
    unlinkSync(path)
  } catch {
    // Where open files cannot be unlinked, the system's clearing of temporary files has to do.
  }
  return file
}

import { StorageError } from '@tercet/interface'

/** One stored object. Its bytes are never changed, only replaced. */
export interface MemoryObject {
  readonly bytes: Uint8Array
  readonly modifiedAtMs: number
  /** Differs from that of every other content stored before. */
  readonly tag: string
  readonly lockedUntilMs?: number | undefined
  readonly archived?: boolean | undefined
}

/** What a memory backend held at one moment; plain data that later changes do not touch. */
export interface MemorySnapshot {
  readonly objects: ReadonlyMap<string, MemoryObject>
  readonly folders: ReadonlySet<string>
  readonly version: number
}

/** The objects of a memory backend, and the folders where these need making. */
export class MemoryObjects {
  #objects = new Map<string, MemoryObject>()
  #folders = new Set<string>()
  #version = 0

  snapshot(): MemorySnapshot {
    return { objects: new Map(this.#objects), folders: new Set(this.#folders), version: this.#version }
  }

  restore(snapshot: MemorySnapshot): void {
    this.#objects = new Map(snapshot.objects)
    this.#folders = new Set(snapshot.folders)
    this.#version = snapshot.version
  }

  entries(): [string, MemoryObject][] {
    return [...this.#objects]
  }

  get usedBytes(): number {
    let used = 0
    for (const { bytes } of this.#objects.values()) used += bytes.byteLength
    return used
  }

  peek(path: string): MemoryObject | undefined {
    return this.#objects.get(path)
  }

  get(path: string): MemoryObject {
    const object = this.#objects.get(path)
    if (object !== undefined) return object
    throw new StorageError('STORAGE_NOT_FOUND', `There is no object ${JSON.stringify(path)}`, {
      context: { path }
    })
  }

  /** Stores new content, or the same content with other facts. */
  set(path: string, object: Omit<MemoryObject, 'tag'>, tag?: string): MemoryObject {
    const stored = Object.freeze({ ...object, tag: tag ?? `v${++this.#version}` })
    this.#objects.set(path, stored)
    return stored
  }

  delete(path: string): void {
    this.#objects.delete(path)
  }

  /** Rejects a change of an object that is locked at `nowMs`. */
  assertUnlocked(path: string, nowMs: number): void {
    const until = this.#objects.get(path)?.lockedUntilMs
    if (until === undefined || until <= nowMs) return
    throw new StorageError(
      'STORAGE_LOCKED',
      `${JSON.stringify(path)} is locked until ${new Date(until).toISOString()}`,
      {
        context: { path, lockedUntilMs: until }
      }
    )
  }

  addFolders(path: string): void {
    const segments = path.split('/')
    for (let depth = 1; depth <= segments.length; depth++)
      this.#folders.add(segments.slice(0, depth).join('/'))
  }

  /** Rejects where the folder of `path` has not been made. */
  assertFolderOf(path: string): void {
    const end = path.lastIndexOf('/')
    if (end === -1 || this.#folders.has(path.slice(0, end))) return
    throw new StorageError('STORAGE_NOT_FOUND', `The folder of ${JSON.stringify(path)} has not been made`, {
      context: { path }
    })
  }
}

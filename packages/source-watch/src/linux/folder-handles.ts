import { closeSync, existsSync, openSync, readlinkSync } from 'node:fs'
import type { Posix, SystemError } from '@tercet/native'
import type { FolderHandle } from './parse-file-system-events.ts'
import type { MountView } from './watched-places.ts'

/** A folder of an event, in the view of one mount. */
export interface SeenFolder {
  readonly view: MountView
  /** Without links. */
  readonly path: string
  /** False: its own name is not UTF-8, and this is a folder above it. */
  readonly isExact: boolean
}

const MOST_KNOWN = 10_000
const MOST_TRIES = 20
const PAUSE_MS = 1
const DELETED = ' (deleted)'
const SLASH = 0x2f
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Where the folders of events are now. An event that came before its folder was moved is taken for one of the new place,
 * or, as long as the move is not read, of the old one: since whatever was moved here is in doubt as a whole, neither loses
 * anything.
 */
export class FolderHandles {
  readonly #posix: Posix
  readonly #known = new Map<string, readonly SeenFolder[]>()
  readonly #open = new Map<string, number | undefined>()

  constructor(posix: Posix) {
    this.#posix = posix
  }

  /** `undefined`: the system does not say, although the folder may be there. */
  find(folder: FolderHandle, views: readonly MountView[]): readonly SeenFolder[] | undefined {
    let seen = this.#known.get(folder.key)
    if (seen === undefined) {
      try {
        seen = views.flatMap((view) => this.#look(folder.handle, view) ?? [])
      } catch {
        return undefined
      }
      if (this.#known.size >= MOST_KNOWN) this.#known.clear()
      this.#known.set(folder.key, seen)
    }
    return seen
  }

  /** A folder was moved, or something was mounted. */
  forget(): void {
    this.#known.clear()
  }

  /** Lets go of the mounts, which could not be unmounted else. */
  release(): void {
    for (const descriptor of this.#open.values()) if (descriptor !== undefined) closeSync(descriptor)
    this.#open.clear()
  }

  #look(handle: Uint8Array, view: MountView): SeenFolder | undefined {
    const mount = this.#mountOf(view.folder)
    if (mount === undefined) return undefined
    const found = this.#openHandle(mount, handle)
    if (found === undefined) return undefined
    try {
      return seenAt(readlinkSync(`/proc/self/fd/${found}`, { encoding: 'buffer' }), view)
    } finally {
      this.#posix.close(found)
    }
  }

  /** A folder that is gone cannot be told from lack of memory while its number is given to another one. */
  #openHandle(mount: number, handle: Uint8Array): number | undefined {
    for (let tries = 1; ; tries++) {
      try {
        return this.#posix.fileSystemEvents!.openHandle(mount, handle)
      } catch (error) {
        if ((error as SystemError).code !== 'ENOMEM' || tries === MOST_TRIES) throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
      }
    }
  }

  #mountOf(folder: string): number | undefined {
    if (!this.#open.has(folder)) this.#open.set(folder, tryOpen(folder))
    return this.#open.get(folder)
  }
}

function tryOpen(folder: string): number | undefined {
  try {
    return openSync(folder, 'r')
  } catch {
    // A place that is gone is noticed when the roots are looked at.
    return undefined
  }
}

function seenAt(path: Uint8Array, view: MountView): SeenFolder | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf(SLASH, end - 1)) {
    const text = tryDecode(path.subarray(0, end))
    if (text === undefined) continue
    const isExact = end === path.length
    // Whatever was in a folder that is gone went with it, of which the folder above tells.
    if (isExact && text.endsWith(DELETED) && !existsSync(text)) return undefined
    return { view, path: text, isExact }
  }
  return { view, path: '/', isExact: false }
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

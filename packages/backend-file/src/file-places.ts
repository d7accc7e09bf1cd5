import { join } from 'node:path'
import { assertStoragePath, type ErrorContext, StorageError } from '@tercet/interface'
import type { FileOperations } from './file-operations.ts'
import { isTemporaryName } from './temporary-names.ts'

/** A storage path in the terms of the system. */
export interface Place {
  readonly file: string
  /** The folder that holds it. */
  readonly folder: string
}

/** Finds where below `root` a storage path is, and refuses to be led out of it. */
export class FilePlaces {
  readonly root: string
  readonly #files: FileOperations
  readonly #platform: NodeJS.Platform

  constructor(root: string, files: FileOperations, platform: NodeJS.Platform = process.platform) {
    this.root = root
    this.#files = files
    this.#platform = platform
  }

  /** The place of `path`, whose folders must exist: `STORAGE_NOT_FOUND`, or `STORAGE_INVALID_PATH` through a link. */
  async locate(path: string): Promise<Place> {
    const segments = this.split(path)
    const name = segments.pop() as string
    const folder = await this.#enter(segments)
    return { file: join(folder, name), folder }
  }

  /** The folder `path`; the root for none. */
  async locateFolder(path: string | undefined): Promise<string> {
    return path === undefined ? this.root : await this.#enter(this.split(path))
  }

  /** The segments of a path that can exist here. */
  split(path: string): string[] {
    assertStoragePath(path)
    const segments = path.split('/')
    for (const segment of segments) {
      if (isTemporaryName(segment)) throw impossible(path, 'such names are kept for unfinished uploads')
      if (this.#platform === 'win32' && !isWindowsName(segment)) {
        throw impossible(path, `Windows cannot have the name ${JSON.stringify(segment)}`)
      }
    }
    return segments
  }

  // Each folder on the way is looked at by itself: a link among them could lead anywhere.
  async #enter(segments: readonly string[]): Promise<string> {
    let folder = this.root
    for (const segment of segments) {
      folder = join(folder, segment)
      const { type } = await this.#files.stat(folder)
      if (type === 'link') {
        throw impossible(folder, 'it is a symbolic link; links inside the destination are not followed')
      }
      if (type !== 'folder') throw impossible(folder, 'it is a file, not a folder', { reason: 'file-above' })
    }
    return folder
  }
}

const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$/i

/** Rules of Windows for names: no device, no stream (`:`), no wildcard, no dot or space at the end. */
export function isWindowsName(name: string): boolean {
  return !/[<>:"|?*]/.test(name) && !/[. ]$/.test(name) && !DEVICE.test(name)
}

function impossible(path: string, reason: string, context?: ErrorContext): StorageError {
  return new StorageError('STORAGE_INVALID_PATH', `Cannot use ${JSON.stringify(path)}: ${reason}`, {
    context: { path, ...context }
  })
}

import { linkSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { StoredVolume } from '@tercet/interface'
import type { LocalVolumes } from '@tercet/sync-engine'

/**
 * Volumes that a backup has just uploaded, kept until they are replicated so that nobody has to fetch them. A volume is
 * kept by a further link to its file and never written a second time; where that cannot be, it is not kept. What a file
 * holds is checked by whoever uses it.
 */
export class VolumeCache implements LocalVolumes {
  readonly #folder: string
  readonly #maxBytes: number
  /** Sizes, the volume that was kept first first. */
  readonly #sizes = new Map<string, number>()
  #bytes = 0

  /** What an earlier process has left in the folder is taken over. */
  constructor(folder: string, maxBytes: number) {
    this.#folder = folder
    this.#maxBytes = maxBytes
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(folder)) this.#note(name)
    this.#shrink()
  }

  /** Bytes of all volumes that are kept. */
  get bytes(): number {
    return this.#bytes
  }

  /** To be told of each volume that was uploaded. Never fails. */
  readonly keep = ({ path, sizeBytes, source }: StoredVolume): void => {
    const local = source.localFile?.path
    if (local === undefined || sizeBytes > this.#maxBytes || !isPlainName(path)) return
    this.#remove(path)
    try {
      linkSync(local, join(this.#folder, path))
      this.#note(path)
      this.#shrink()
    } catch {
      // Another file system, or one without links: the volume is fetched later.
    }
  }

  find(path: string, sizeBytes: number): string | undefined {
    if (!this.#sizes.has(path)) return undefined
    const file = join(this.#folder, path)
    return sizeOf(file) === sizeBytes ? file : undefined
  }

  /** Lets go of all volumes but these. */
  retain(names: { has(name: string): boolean }): void {
    for (const name of [...this.#sizes.keys()]) if (!names.has(name)) this.#remove(name)
  }

  /** The oldest go first: the latest are needed by every replica, and older ones by some. */
  #shrink(): void {
    for (const name of [...this.#sizes.keys()]) {
      if (this.#bytes <= this.#maxBytes) return
      this.#remove(name)
    }
  }

  #note(name: string): void {
    const size = sizeOf(join(this.#folder, name))
    if (size === undefined) return
    this.#sizes.set(name, size)
    this.#bytes += size
  }

  #remove(name: string): void {
    const size = this.#sizes.get(name)
    if (size === undefined) return
    this.#sizes.delete(name)
    this.#bytes -= size
    rmSync(join(this.#folder, name), { force: true })
  }
}

/** undefined for what is no file of its own. */
function sizeOf(path: string): number | undefined {
  try {
    return lstatSync(path).isFile() ? statSync(path).size : undefined
  } catch {
    return undefined
  }
}

function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)
}

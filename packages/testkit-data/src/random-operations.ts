import * as fs from 'node:fs'
import { join } from 'node:path'

/** What changes files; a caller may pass in calls that keep a log. */
export type FileCalls = Pick<
  typeof fs,
  | 'appendFileSync'
  | 'chmodSync'
  | 'linkSync'
  | 'mkdirSync'
  | 'renameSync'
  | 'rmSync'
  | 'symlinkSync'
  | 'truncateSync'
  | 'utimesSync'
  | 'writeFileSync'
>

/**
 * Does what users and programs do to files, at random: writes, renames, links, atomic saves, nested folders, deletions. What
 * is tried and fails, because something is not there or in the way, counts for nothing. Things move between `root` and
 * `outside` too. The same seed on the same trees does the same.
 */
export class RandomOperations {
  readonly #random: () => number
  readonly #root: string
  readonly #outside: string
  readonly #files: FileCalls
  #count = 0

  constructor(seed: number, root: string, outside: string, files: FileCalls = fs) {
    this.#random = randomFrom(seed)
    this.#root = root
    this.#outside = outside
    this.#files = files
  }

  /** Returns how many were done. */
  do(count: number): number {
    let done = 0
    for (let round = 0; round < count; round++) {
      try {
        this.#one()
        done += 1
      } catch {}
    }
    return done
  }

  #one(): unknown {
    this.#count += 1
    const path = this.#place()
    switch (Math.floor(this.#random() * 16)) {
      case 0:
      case 1:
      case 2:
        return this.#files.writeFileSync(path, `content ${this.#count}`)
      case 3:
        return this.#files.appendFileSync(path, 'more')
      case 4:
        return this.#files.truncateSync(path, Math.floor(this.#random() * 10))
      case 5:
        return this.#files.mkdirSync(path)
      case 6:
        return this.#files.mkdirSync(join(path, this.#name(), this.#name()), { recursive: true })
      case 7:
      case 8:
        return this.#files.renameSync(path, this.#place())
      case 9:
        return this.#files.renameSync(path, join(this.#outside, this.#name()))
      case 10:
        return this.#files.renameSync(join(this.#outside, this.#name()), path)
      case 11:
        return this.#files.linkSync(path, this.#place())
      case 12:
        return this.#files.symlinkSync(this.#name(), path)
      case 13:
        return this.#files.rmSync(path, { recursive: true })
      case 14:
        return this.#files.chmodSync(path, 0o700 + Math.floor(this.#random() * 64))
      default:
        // An atomic save, as editors do it.
        if (this.#random() < 0.3) return this.#files.utimesSync(path, this.#count, this.#count)
        this.#files.writeFileSync(`${path}~`, `saved ${this.#count}`)
        return this.#files.renameSync(`${path}~`, path)
    }
  }

  /** Some place in the tree, near to what is there. */
  #place(): string {
    let folder = this.#root
    while (this.#random() < 0.7) {
      const names = namesOf(folder)
      if (names.length === 0) break
      folder = join(folder, names[Math.floor(this.#random() * names.length)]!)
    }
    return this.#random() < 0.5 && folder !== this.#root ? folder : join(folder, this.#name())
  }

  #name(): string {
    return NAMES[Math.floor(this.#random() * NAMES.length)]!
  }
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'ä', 'long name.txt', '.hidden', 'x~']

function namesOf(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

/** Mulberry32: small, and good enough to choose between operations. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

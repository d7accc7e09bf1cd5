import { hash } from 'node:crypto'
import { type BigIntStats, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openCatalogReader } from '@tercet/core'

/** Paths and what is known of each; two states are equal when the same is stored. */
export type State = Map<string, string>

/** What a version would hold of this path; undefined: nothing is there. */
export function factOf(path: string): string | undefined {
  const stat = statOf(path)
  if (stat === undefined) return undefined
  if (stat.isDirectory()) return 'folder'
  if (!stat.isFile()) return 'symlink'
  return fileFact(stat.size, stat.mtimeMs / 1000n, hash('sha256', readFileSync(path)))
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true })
  } catch {
    // It is gone, or a file is where one of its folders was.
    return undefined
  }
}

/** What is on the disk, at and below a folder. */
export function readDisk(folder: string): State {
  return new DiskReader().read(folder)
}

/** Facts of files, and what tells each from a later one. */
type KnownFacts = Map<string, { readonly mark: string; readonly fact: string }>

/**
 * Reads what is on the disk again and again, each time when nobody writes. A file that has kept its number and the time of
 * its last change has kept its content as well.
 */
export class DiskReader {
  #known: KnownFacts = new Map()

  read(folder: string): State {
    const known = this.#known
    this.#known = new Map()
    const state: State = new Map()
    this.#read(folder, state, known)
    return state
  }

  #read(path: string, state: State, known: KnownFacts): void {
    const stat = statOf(path)
    if (stat === undefined) return
    const mark = `${stat.ino} ${stat.ctimeNs}`
    const before = known.get(path)
    const fact = before?.mark === mark ? before.fact : factOf(path)
    if (fact === undefined) return
    state.set(path, fact)
    if (stat.isFile()) this.#known.set(path, { mark, fact })
    if (fact === 'folder') for (const name of readdirSync(path)) this.#read(join(path, name), state, known)
  }
}

/** What the newest version of a catalog holds, at and below a folder. */
export function readVersion(catalogPath: string, folder: string): State {
  using catalog = openCatalogReader(catalogPath)
  const state: State = new Map()
  const [newest] = catalog.filesets.versions()
  if (newest === undefined) return state
  for (const { path, type, size, mtime, hash } of catalog.entries.of({ seq: newest.seq, under: folder })) {
    const digest = Buffer.from(hash ?? []).toString('hex')
    state.set(path.replace(/\/$/, ''), type === 'file' ? fileFact(size, mtime ?? 0, digest) : type)
  }
  return state
}

/** Paths that are in one of them only, or differ. */
export function differences(stored: State, disk: State): string[] {
  const differing = [...disk].filter(([path, fact]) => stored.get(path) !== fact).map(([path]) => path)
  return [...differing, ...[...stored.keys()].filter((path) => !disk.has(path))]
}

function fileFact(size: number | bigint, mtime: number | bigint, digest: string): string {
  return `file ${size} ${mtime} ${digest}`
}

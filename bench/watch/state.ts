import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs'
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
  return fileFact(stat.size, Math.floor(stat.mtimeMs / 1000), createHash('sha256').update(readFileSync(path)))
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    // It is gone, or a file is where one of its folders was.
    return undefined
  }
}

/** What is on the disk, at and below a folder. */
export function readDisk(folder: string, state: State = new Map()): State {
  const fact = factOf(folder)
  if (fact === undefined) return state
  state.set(folder, fact)
  if (fact === 'folder') for (const name of readdirSync(folder)) readDisk(join(folder, name), state)
  return state
}

/** What the newest version of a catalog holds, at and below a folder. */
export function readVersion(catalogPath: string, folder: string): State {
  using catalog = openCatalogReader(catalogPath)
  const state: State = new Map()
  const [newest] = catalog.filesets.versions()
  if (newest === undefined) return state
  for (const { path, type, size, mtime, hash } of catalog.entries.of({ seq: newest.seq, under: folder })) {
    const digest = { digest: () => Buffer.from(hash ?? []).toString('hex') }
    state.set(path.replace(/\/$/, ''), type === 'file' ? fileFact(size, mtime ?? 0, digest) : type)
  }
  return state
}

/** Paths that are in one of them only, or differ. */
export function differences(stored: State, disk: State): string[] {
  const differing = [...disk].filter(([path, fact]) => stored.get(path) !== fact).map(([path]) => path)
  return [...differing, ...[...stored.keys()].filter((path) => !disk.has(path))]
}

function fileFact(size: number, mtime: number, hash: { digest(encoding: 'hex'): string }): string {
  return `file ${size} ${mtime} ${hash.digest('hex')}`
}

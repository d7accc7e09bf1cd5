import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that goes when the test is over. */
export interface TemporaryFolder extends Disposable {
  readonly path: string
  of(...names: string[]): string
}

export function temporaryFolder(parent = tmpdir()): TemporaryFolder {
  const path = mkdtempSync(join(parent, 'tercet-watch-'))
  return {
    path,
    of: (...names) => join(path, ...names),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true })
  }
}

/**
 * Every path at and below a folder with what a scan would compare. Of other names of a file only those in the folder count:
 * nobody can hear of those elsewhere.
 */
export function snapshot(root: string): Map<string, string> {
  const found = new Map<string, string>()
  const names = new Map<bigint, string[]>()
  const rest = [root]
  for (let path = rest.pop(); path !== undefined; path = rest.pop()) {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    if (stat === undefined) continue
    const { ino, mode, uid, gid, size, mtimeNs } = stat
    const isFolder = stat.isDirectory()
    found.set(path, [ino, mode, uid, gid, mtimeNs, isFolder ? '' : size].join(' '))
    if (isFolder) for (const name of readdirSync(path)) rest.push(join(path, name))
    else names.set(ino, [...(names.get(ino) ?? []), path])
  }
  for (const paths of names.values())
    for (const path of paths) found.set(path, `${found.get(path)} ${paths.length}`)
  return found
}

/** Paths that are in one of two snapshots only, or differ. */
export function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  const changed = [...after].filter(([path, shape]) => before.get(path) !== shape).map(([path]) => path)
  const gone = [...before.keys()].filter((path) => !after.has(path))
  return [...changed, ...gone].sort()
}

import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are missing. Node's own way never returns where a file system answers "no such
 * file" below a folder that is there, as `/proc` does.
 *
 * @throws a system error, as `mkdir` does
 */
export function makeFolders(path: string, mode = 0o700): void {
  if (isFolder(path)) return
  try {
    makeFolder(path, mode)
  } catch (error) {
    const parent = dirname(path)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path || isFolder(parent)) throw error
    makeFolders(parent, mode)
    makeFolder(path, mode)
  }
}

function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    // Somebody else was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(path)) throw error
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

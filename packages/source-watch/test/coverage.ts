import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ChangeSet } from '../src/index.ts'
import { isBelow } from '../src/paths.ts'

/** Whether no folder is here, perhaps because something else is where one of those above it was. */
function isGone(path: string): boolean {
  try {
    return !lstatSync(path).isDirectory()
  } catch {
    return true
  }
}

/** Paths of `changed` that a set of changes says nothing of. A folder that is named and gone takes all in it along. */
export function missedBy({ dirty, unknown }: ChangeSet, changed: readonly string[]): string[] {
  const named = new Set(dirty)
  const wentWithFolder = (path: string) => {
    for (let above = dirname(path); above !== dirname(above); above = dirname(above))
      if (named.has(above) && isGone(above)) return true
    return false
  }
  return changed.filter((path) => {
    if (named.has(path) || unknown.some((doubt) => doubt.path === path || isBelow(path, doubt.path)))
      return false
    return !wentWithFolder(path)
  })
}

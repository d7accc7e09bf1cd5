import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { WatchGate } from '../src/index.ts'

/** Leaves out folders of one name. */
export function withoutFolders(name: string): WatchGate {
  return {
    entersFolder: (path) => basename(path) !== name,
    isWanted: (path) => !path.split('/').includes(name),
    markerNames: []
  }
}

/** Leaves out folders that hold a file of this name. */
export function withoutMarked(marker: string): WatchGate {
  return {
    entersFolder: (path) => !existsSync(join(path, marker)),
    isWanted: () => true,
    markerNames: [marker]
  }
}

import { basename } from 'node:path'
import type { WatchGate } from '../src/index.ts'

/** Leaves out folders of one name. */
export function withoutFolders(name: string): WatchGate {
  return {
    entersFolder: (path) => basename(path) !== name,
    isWanted: (path) => !path.split('/').includes(name),
    markerNames: []
  }
}

import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { FileSystemEventCalls } from '@tercet/native'
import { isBelow } from '../paths.ts'
import type { MountTable } from './mounts.ts'
import { idText } from './parse-file-system-events.ts'
import { moved, realOf } from './watched-roots.ts'

/** A root, or something that is mounted below one. */
export interface WatchedPlace {
  /** The root that holds it, as it was named. */
  readonly root: string
  /** What it is called from that root on. */
  readonly shown: string
  /** Where it is, without links. */
  readonly real: string
  /** A folder in it, or the one that holds a root that is a file. */
  readonly folder: string
}

/** Places on one file system that are seen through the same mount. */
export interface MountView {
  readonly folder: string
  readonly places: readonly WatchedPlace[]
}

/** Where a root and what is mounted below it are; nothing, if the root is not there. */
export function placesOf(root: string, mounts: MountTable): readonly WatchedPlace[] {
  const stat = statSync(root, { throwIfNoEntry: false })
  if (stat === undefined) return []
  const real = realOf(root)
  const folder = stat.isDirectory() ? real : dirname(real)
  const below = mounts.below(real).map(({ path }) => path)
  return [
    { root, shown: root, real, folder },
    ...[...new Set(below)].map((path) => ({ root, shown: moved(path, real, root), real: path, folder: path }))
  ]
}

/** Places by the file system that they are on, and by their mounts: each mount shows a folder elsewhere, or not at all. */
export function viewsOf(
  places: readonly WatchedPlace[],
  calls: FileSystemEventCalls,
  mounts: MountTable
): ReadonlyMap<string, readonly MountView[]> {
  const byId = new Map<string, Map<string, WatchedPlace[]>>()
  for (const place of places) {
    const id = idOf(calls, place.folder)
    if (id === undefined) continue
    const byMount = byId.get(id) ?? new Map<string, WatchedPlace[]>()
    byId.set(id, byMount)
    const mount = mounts.of(place.folder)?.id ?? ''
    byMount.set(mount, [...(byMount.get(mount) ?? []), place])
  }
  const view = (held: WatchedPlace[]): MountView => ({ folder: held[0]!.folder, places: held })
  return new Map([...byId].map(([id, byMount]) => [id, [...byMount.values()].map(view)]))
}

/** What is called `path` without links, as it is called from the root of a place on; undefined: it is not in that place. */
export function shownIn({ real, shown }: WatchedPlace, path: string): string | undefined {
  return path === real || isBelow(path, real) ? moved(path, real, shown) : undefined
}

function idOf(calls: FileSystemEventCalls, folder: string): string | undefined {
  try {
    return idText(calls.fileSystemId(folder))
  } catch {
    // It went at this moment, which is told otherwise.
    return undefined
  }
}

import { lstatSync, type Stats } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type FileOperations, infoOf, nodeFileOperations } from './file-operations.ts'

/** Where looking asks no network: ext2 to ext4, XFS, Btrfs, F2FS, ZFS, tmpfs (`linux/magic.h`, and ZFS's own number). */
const LOCAL_TYPES = new Set([0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0x01021994])
/** A look that took longer has waited for the disk, */
const WAITED_MS = 2
/** and so may those of this time after it. */
const PATIENCE_MS = 1000

/** What the looks ask, so that a test can stand in for it. */
export interface LookSystem {
  /** The type that `statfs` tells; undefined where it tells none. */
  typeOf(folder: string): Promise<number | undefined>
  look(path: string): Stats
  monotonic(): number
}

const thisSystem: LookSystem = {
  typeOf: async (folder) => (process.platform === 'linux' ? (await statfs(folder)).type : undefined),
  look: lstatSync,
  monotonic: () => performance.now()
}

/**
 * The same operations for a backend on the folder `root`. Where that is on a disk of this machine, looks at what lies in it
 * are not handed to a thread: the system mostly answers them out of memory in some microseconds, and to hand one over
 * costs ten times as much, which is most of what a long listing costs. After a look that has waited, threads wait for a while.
 */
export function quickLooks(
  root: string,
  files: FileOperations = nodeFileOperations,
  system: LookSystem = thisSystem
): FileOperations {
  let isLocal: boolean | undefined
  let slowUntil = Number.NEGATIVE_INFINITY
  const findOut = async () => {
    const type = await system.typeOf(root).catch(() => undefined) // no such folder, yet
    if (type !== undefined) isLocal = LOCAL_TYPES.has(type)
    return isLocal === true
  }
  return Object.freeze({
    ...files,
    async stat(path) {
      if (dirname(path) !== root || system.monotonic() < slowUntil || !(isLocal ?? (await findOut())))
        return await files.stat(path)
      const started = system.monotonic()
      try {
        return infoOf(system.look(path))
      } finally {
        const ended = system.monotonic()
        if (ended - started > WAITED_MS) slowUntil = ended + PATIENCE_MS
      }
    }
  } satisfies FileOperations)
}

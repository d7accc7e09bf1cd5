import { closeSync, openSync, readFileSync } from 'node:fs'
import { isBelow } from '../paths.ts'

export interface Mount {
  readonly path: string
  readonly type: string
  /** Tells a mount from a later one at the same place. */
  readonly id: string
}

/** The table of mounts, as this process sees it (proc_pid_mountinfo(5)). */
export class MountTable implements Disposable {
  /** Waited for: the kernel makes it ready when the table has changed. */
  readonly descriptor: number
  readonly #read: () => string
  #mounts: readonly Mount[]

  /** `read` gives the table as text; another one than the system's only in tests. */
  constructor(read: () => string = () => readFileSync(TABLE, 'utf8')) {
    this.#read = read
    this.descriptor = openSync(TABLE, 'r')
    this.#mounts = parseMounts(read())
  }

  /** The file system that a path is on. */
  of(path: string): Mount | undefined {
    let found: Mount | undefined
    for (const mount of this.#mounts) {
      const holds = mount.path === path || isBelow(path, mount.path)
      // Of several at one place, the last one is seen.
      if (holds && (found === undefined || mount.path.length >= found.path.length)) found = mount
    }
    return found
  }

  below(path: string): readonly Mount[] {
    return this.#mounts.filter((mount) => isBelow(mount.path, path))
  }

  /** Reads the table again; returns the places at which something was mounted or is gone. */
  refresh(): readonly string[] {
    const before = new Map(this.#mounts.map((mount) => [mount.id, mount]))
    this.#mounts = parseMounts(this.#read())
    const changed = new Set<string>()
    for (const mount of this.#mounts) if (!before.delete(mount.id)) changed.add(mount.path)
    for (const { path } of before.values()) changed.add(path)
    return [...changed]
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor)
  }
}

const TABLE = '/proc/self/mountinfo'

/** File systems that others can write to without this kernel hearing of it. */
const REMOTE =
  /^(nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|coda|glusterfs|lustre|ncpfs|ocfs2|gfs2|virtiofs|vboxsf|fuse\.(?!.*(ntfs|ext)).+)$/

export function isRemote(mount: Mount | undefined): boolean {
  return mount !== undefined && REMOTE.test(mount.type)
}

export function parseMounts(table: string): readonly Mount[] {
  return table
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ')
      const type = fields[fields.indexOf('-') + 1] ?? ''
      return { path: unescaped(fields[4] ?? ''), type, id: `${fields[0]} ${fields[2]}` }
    })
}

/** Blanks, tabs, line ends and backslashes are written as octal numbers. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

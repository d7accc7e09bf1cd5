/** A file of the simulated file system: what programs see, and what the disk has. */
export interface FileNode {
  readonly type: 'file'
  content: Uint8Array
  durable: Uint8Array
  mode: number
  modifiedAtMs: number
  changedAtMs: number
}

/** A folder: the names that programs see, and those that the disk has. */
export interface FolderNode {
  readonly type: 'folder'
  readonly names: Map<string, Node>
  durable: Map<string, Node>
  mode: number
  modifiedAtMs: number
  changedAtMs: number
}

export type Node = FileNode | FolderNode

export function fileNode(mode: number, nowMs: number): FileNode {
  const empty = new Uint8Array()
  return { type: 'file', content: empty, durable: empty, mode, modifiedAtMs: nowMs, changedAtMs: nowMs }
}

export function folderNode(mode: number, nowMs: number): FolderNode {
  return {
    type: 'folder',
    names: new Map(),
    durable: new Map(),
    mode,
    modifiedAtMs: nowMs,
    changedAtMs: nowMs
  }
}

/** The failure that a system call reports. */
export function systemError(code: string, call: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call, path })
}

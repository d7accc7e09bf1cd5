import { posix } from 'node:path'

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

/** All files and folders, found by absolute POSIX paths. Failures are those of the system calls named. */
export class NodeTree {
  readonly root: FolderNode

  constructor(root: FolderNode) {
    this.root = root
  }

  /** Visits everything, the root first. */
  walk(visit: (path: string, node: Node) => void): void {
    walkFolder(this.root, '', visit)
  }

  find(path: string, call: string): Node {
    let node: Node = this.root
    for (const segment of path.split('/')) {
      if (segment === '' || segment === '.') continue
      if (node.type !== 'folder') throw systemError('ENOTDIR', call, path)
      const next = node.names.get(segment)
      if (next === undefined) throw systemError('ENOENT', call, path)
      node = next
    }
    return node
  }

  findFile(path: string, call: string): FileNode {
    const node = this.find(path, call)
    if (node.type === 'folder') throw systemError('EISDIR', call, path)
    return node
  }

  findFolder(path: string, call: string): FolderNode {
    const node = this.find(path, call)
    if (node.type !== 'folder') throw systemError('ENOTDIR', call, path)
    return node
  }

  addName(path: string, node: Node, call: string): void {
    const folder = this.findFolder(posix.dirname(path), call)
    const name = posix.basename(path)
    if (folder.names.has(name)) throw systemError('EEXIST', call, path)
    folder.names.set(name, node)
  }
}

function walkFolder(folder: FolderNode, path: string, visit: (path: string, node: Node) => void): void {
  visit(path, folder)
  for (const [name, node] of folder.names) {
    if (node.type === 'folder') walkFolder(node, `${path}/${name}`, visit)
    else visit(`${path}/${name}`, node)
  }
}

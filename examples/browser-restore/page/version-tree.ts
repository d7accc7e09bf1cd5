import type { DlistEntry } from '@tercet/volume-format'
import type { TreeItem } from './messages.ts'

/** As many children as the page asks for at a time. */
const PAGE = 500

export interface TreeNode {
  readonly id: number
  readonly name: string
  entry: DlistEntry | undefined
  sizeBytes: number
  readonly children: Map<string, TreeNode>
}

/** Entries of a version as a tree. Names are those of the backup, whatever system it came from. */
export class VersionTree {
  readonly root: TreeNode
  readonly #nodes: TreeNode[] = []

  constructor() {
    this.root = this.#node('')
  }

  add(entry: DlistEntry): void {
    let node = this.root
    const size = entry.type === 'File' ? (entry.sizeBytes ?? 0) : 0
    node.sizeBytes += size
    for (const name of partsOf(entry.path)) {
      let child = node.children.get(name)
      if (child === undefined) {
        child = this.#node(name)
        node.children.set(name, child)
      }
      child.sizeBytes += size
      node = child
    }
    if (node !== this.root) node.entry = entry
  }

  /** The first folder that has a choice in it, so that nobody has to open a row of folders with one child each. */
  get start(): TreeNode {
    let node = this.root
    for (;;) {
      const [only, second] = node.children.values()
      if (only === undefined || second !== undefined || only.children.size === 0) return node
      node = only
    }
  }

  node(id: number): TreeNode {
    const node = this.#nodes[id]
    if (node === undefined) throw new RangeError(`There is no item ${id}`)
    return node
  }

  children(id: number, from: number): { items: TreeItem[]; total: number } {
    const all = [...this.node(id).children.values()].sort(byKindAndName)
    return { items: all.slice(from, from + PAGE).map(itemOf), total: all.length }
  }

  #node(name: string): TreeNode {
    const node: TreeNode = {
      id: this.#nodes.length,
      name,
      entry: undefined,
      sizeBytes: 0,
      children: new Map()
    }
    this.#nodes.push(node)
    return node
  }
}

export function itemOf({ id, name, entry, sizeBytes, children }: TreeNode): TreeItem {
  const type = children.size > 0 ? 'Folder' : (entry?.type ?? 'Folder')
  return { id, name, type, sizeBytes, time: entry?.time }
}

/** A path of any system; a backslash separates only where the path does not begin like one of Unix. */
function partsOf(path: string): string[] {
  return path
    .split(path.startsWith('/') ? '/' : /[\\/]/)
    .filter((part) => part !== '' && part !== '.' && part !== '..')
}

function byKindAndName(a: TreeNode, b: TreeNode): number {
  const folders = Number(b.children.size > 0) - Number(a.children.size > 0)
  return folders !== 0 ? folders : a.name < b.name ? -1 : 1
}

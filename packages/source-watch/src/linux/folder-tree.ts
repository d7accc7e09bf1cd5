/** `file`: a root that is one. `left-out`: a folder that nobody asks for, whose marker is watched instead of it. */
export type NodeKind = 'folder' | 'file' | 'left-out'

/** Something that is watched, by its path. */
export class FolderNode {
  /** Of a root: its path, except that the root of the file system is ''. */
  readonly name: string
  readonly above: FolderNode | undefined
  readonly watch: number
  readonly kind: NodeKind
  children: Map<string, FolderNode> | undefined

  constructor(name: string, above: FolderNode | undefined, watch: number, kind: NodeKind) {
    this.name = name
    this.above = above
    this.watch = watch
    this.kind = kind
  }

  /** Absolute; the root of the file system is '', to which names can be added like to any other. */
  get path(): string {
    return this.above === undefined ? this.name : `${this.above.path}/${this.name}`
  }

  pathOf(name: string): string {
    return `${this.path}/${name}`
  }
}

/**
 * The watched folders by path and by the number of their watch. One number may stand for several paths, since the kernel
 * watches the folder itself, and a bind mount shows it in two places.
 */
export class FolderTree {
  readonly #roots = new Map<string, FolderNode>()
  readonly #byWatch = new Map<number, FolderNode | FolderNode[]>()

  get size(): number {
    return this.#byWatch.size
  }

  root(path: string): FolderNode | undefined {
    return this.#roots.get(path === '/' ? '' : path)
  }

  at(watch: number): readonly FolderNode[] {
    const found = this.#byWatch.get(watch)
    return found === undefined ? [] : Array.isArray(found) ? [...found] : [found]
  }

  addRoot(path: string, watch: number, kind: NodeKind): FolderNode {
    const node = new FolderNode(path === '/' ? '' : path, undefined, watch, kind)
    this.#roots.set(node.name, node)
    this.#enter(node)
    return node
  }

  add(above: FolderNode, name: string, watch: number, kind: NodeKind = 'folder'): FolderNode {
    const node = new FolderNode(name, above, watch, kind)
    above.children ??= new Map()
    above.children.set(name, node)
    this.#enter(node)
    return node
  }

  /** Takes a folder out with all below it; returns the watches that stand for no path any more. */
  remove(node: FolderNode): number[] {
    if (node.above === undefined) {
      if (this.#roots.get(node.name) === node) this.#roots.delete(node.name)
    } else if (node.above.children?.get(node.name) === node) node.above.children.delete(node.name)
    const unused: number[] = []
    const rest = [node]
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
      if (this.#leave(next)) unused.push(next.watch)
      if (next.children !== undefined) rest.push(...next.children.values())
    }
    return unused
  }

  /** Everything that is watched, above before below. */
  *all(): Generator<FolderNode> {
    const rest = [...this.#roots.values()]
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
      yield next
      if (next.children !== undefined) rest.push(...next.children.values())
    }
  }

  #enter(node: FolderNode): void {
    const others = this.#byWatch.get(node.watch)
    if (others === undefined) this.#byWatch.set(node.watch, node)
    else if (Array.isArray(others)) others.push(node)
    else this.#byWatch.set(node.watch, [others, node])
  }

  /** True: no other path has this watch. */
  #leave(node: FolderNode): boolean {
    const others = this.#byWatch.get(node.watch)
    const rest = Array.isArray(others) ? others.filter((other) => other !== node) : []
    if (rest.length > 0) {
      this.#byWatch.set(node.watch, rest.length === 1 ? rest[0]! : rest)
      return false
    }
    if (others === node || Array.isArray(others)) return this.#byWatch.delete(node.watch)
    return false
  }
}

// A file system in memory that keeps two states: the one that programs see, and the one that is on the disk. Writing
// changes the first; `sync` brings a file's content, `syncFolder` a folder's names to the second. A crash goes back to
// the disk's state, or, as real disks do, to something between the two.
import { posix } from 'node:path'
import type { Clock } from '@tercet/interface'
import { FaultScript, type FaultTarget } from './fault-script.ts'
import { createRandom } from './random.ts'
import type { FileCall, SimulatedFileInfo, SimulatedFiles, SimulatedOpenFile } from './simulated-files.ts'
import {
  type FileNode,
  type FolderNode,
  fileNode,
  folderNode,
  type Node,
  NodeTree,
  systemError
} from './unsynced-nodes.ts'
import { createVirtualClock } from './virtual-clock.ts'

/**
 * What becomes of changes that were not synced: `lost`, all of them; `names`, names survive without their content, as on
 * file systems that order the two differently; `random`, each by the seed.
 */
export type CrashLoss = 'lost' | 'names' | 'random'

export interface UnsyncedFileLayerOptions {
  /** @defaultValue 1 */
  readonly seed?: number | undefined
  readonly clock?: Clock | undefined
}

export interface UnsyncedFileLayer {
  readonly files: SimulatedFiles
  /** Cuts the power: open files are gone, and what was not synced is lost. The layer can be used on afterwards. */
  crash(loss?: CrashLoss): void
  /** Makes everything durable. */
  syncAll(): void
  /** Lets a call fail with a code of the system, such as `ENOSPC`. */
  fail(call: FileCall, code: string, target?: FaultTarget): UnsyncedFileLayer
  /** @throws FaultError `FAULT_UNUSED` */
  assertAllUsed(): void
  /** Creates or replaces a file, with its folders. */
  writeFile(path: string, content: Uint8Array): void
  /** The content that programs see; undefined where there is no file. */
  readFile(path: string): Uint8Array | undefined
  /** Absolute paths of all files, sorted. */
  paths(): string[]
}

export function createUnsyncedFileLayer(options: UnsyncedFileLayerOptions = {}): UnsyncedFileLayer {
  return new SimulatedDisk(options)
}

class SimulatedDisk implements UnsyncedFileLayer {
  readonly files: SimulatedFiles
  readonly #random
  readonly #clock: Clock
  readonly #script = new FaultScript<string>()
  readonly #tree: NodeTree
  #boot = 0

  constructor(options: UnsyncedFileLayerOptions) {
    this.#random = createRandom(options.seed ?? 1)
    this.#clock = options.clock ?? createVirtualClock()
    this.#tree = new NodeTree(folderNode(0o755, this.#clock.now()))
    this.files = this.#operations()
  }

  fail(call: FileCall, code: string, target: FaultTarget = {}): UnsyncedFileLayer {
    this.#script.add(call, target, code)
    return this
  }

  assertAllUsed(): void {
    this.#script.assertAllUsed()
  }

  writeFile(path: string, content: Uint8Array): void {
    let folder = this.#tree.root
    const segments = path.split('/').filter((segment) => segment !== '')
    const name = segments.pop() as string
    for (const segment of segments) {
      let next = folder.names.get(segment)
      if (next === undefined) {
        next = folderNode(0o755, this.#clock.now())
        folder.names.set(segment, next)
      }
      if (next.type !== 'folder') throw systemError('ENOTDIR', 'open', path)
      folder = next
    }
    const file = fileNode(0o644, this.#clock.now())
    file.content = content
    folder.names.set(name, file)
  }

  readFile(path: string): Uint8Array | undefined {
    try {
      const node = this.#tree.find(path, 'open')
      return node.type === 'file' ? node.content : undefined
    } catch {
      return undefined
    }
  }

  paths(): string[] {
    const found: string[] = []
    this.#tree.walk((path, node) => {
      if (node.type === 'file') found.push(path)
    })
    return found.sort()
  }

  syncAll(): void {
    this.#tree.walk((_path, node) => {
      if (node.type === 'file') node.durable = node.content
      else node.durable = new Map(node.names)
    })
  }

  crash(loss: CrashLoss = 'random'): void {
    this.#boot++
    const seen = new Set<Node>()
    const settle = (node: Node) => {
      if (seen.has(node)) return
      seen.add(node)
      if (node.type === 'file') this.#settleContent(node, loss)
      else {
        this.#settleNames(node, loss)
        for (const child of node.names.values()) settle(child)
      }
    }
    settle(this.#tree.root)
  }

  #settleContent(file: FileNode, loss: CrashLoss): void {
    if (file.content === file.durable) return
    if (loss === 'random') {
      // The length may have reached the disk and the bytes not, or only the first of them.
      const kept = file.content.slice(0, this.#random.integer(file.content.byteLength + 1))
      const zeros = new Uint8Array(file.content.byteLength)
      zeros.set(kept)
      file.content = this.#random.pick([file.durable, kept, zeros])
    } else file.content = file.durable
    file.durable = file.content
  }

  #settleNames(folder: FolderNode, loss: CrashLoss): void {
    if (loss !== 'names') {
      for (const name of new Set([...folder.names.keys(), ...folder.durable.keys()])) {
        const before = folder.durable.get(name)
        if (folder.names.get(name) === before || (loss === 'random' && this.#random.integer(2) === 0))
          continue
        if (before === undefined) folder.names.delete(name)
        else folder.names.set(name, before)
      }
    }
    folder.durable = new Map(folder.names)
  }

  #operations(): SimulatedFiles {
    const meet = (call: FileCall, path: string) => {
      const code = this.#script.meet(call, path)[0]
      if (code !== undefined) throw systemError(code, call, path)
    }
    return {
      open: async (path, purpose, mode) => {
        meet(purpose === 'create' ? 'create' : 'open', path)
        if (purpose !== 'create') return this.#handle(path, this.#tree.findFile(path, 'open'), meet)
        const node = fileNode(mode ?? 0o666, this.#clock.now())
        this.#tree.addName(path, node, 'open')
        return this.#handle(path, node, meet)
      },
      stat: async (path) => {
        meet('stat', path)
        return infoOf(this.#tree.find(path, 'lstat'))
      },
      readFolder: (path) => this.#readFolder(path, meet),
      makeFolder: async (path, mode) => {
        meet('makeFolder', path)
        this.#tree.addName(path, folderNode(mode, this.#clock.now()), 'mkdir')
      },
      syncFolder: async (path) => {
        meet('syncFolder', path)
        const folder = this.#tree.findFolder(path, 'fsync')
        folder.durable = new Map(folder.names)
      },
      rename: async (from, to) => {
        meet('rename', to)
        const node = this.#tree.find(from, 'rename')
        const target = this.#tree.findFolder(posix.dirname(to), 'rename')
        const present = target.names.get(posix.basename(to))
        if (present === node) return
        if (present?.type === 'folder') throw systemError('EISDIR', 'rename', to)
        this.#tree.findFolder(posix.dirname(from), 'rename').names.delete(posix.basename(from))
        target.names.set(posix.basename(to), node)
        node.changedAtMs = this.#clock.now()
      },
      link: async (existing, path) => {
        meet('link', path)
        const node = this.#tree.findFile(existing, 'link')
        this.#tree.addName(path, node, 'link')
        node.changedAtMs = this.#clock.now()
      },
      unlink: async (path) => {
        meet('unlink', path)
        if (this.#tree.find(path, 'unlink').type === 'folder') throw systemError('EISDIR', 'unlink', path)
        this.#tree.findFolder(posix.dirname(path), 'unlink').names.delete(posix.basename(path))
      },
      setMode: async (path, mode) => {
        meet('setMode', path)
        this.#tree.find(path, 'chmod').mode = mode
      },
      copy: async (from, to, how) => {
        meet('copy', to)
        if (how === 'only-shared') throw systemError('ENOTSUP', 'copyfile', to)
        const original = this.#tree.findFile(from, 'copyfile')
        const node = fileNode(original.mode, this.#clock.now())
        node.content = original.content
        this.#tree.addName(to, node, 'copyfile')
      },
      space: async (path) => {
        meet('space', path)
        this.#tree.find(path, 'statfs')
        return { totalBytes: 2 ** 40, freeBytes: 2 ** 39 }
      }
    }
  }

  #handle(path: string, node: FileNode, meet: (call: FileCall, path: string) => void): SimulatedOpenFile {
    const boot = this.#boot
    const assertOpen = (call: string) => {
      if (boot !== this.#boot) throw systemError('EBADF', call, path)
    }
    return {
      stat: async () => {
        assertOpen('fstat')
        return infoOf(node)
      },
      read: async (into, position) => {
        assertOpen('read')
        const bytes = node.content.subarray(position, position + into.byteLength)
        into.set(bytes)
        return bytes.byteLength
      },
      write: async (bytes) => {
        assertOpen('write')
        meet('write', path)
        const content = new Uint8Array(node.content.byteLength + bytes.byteLength)
        content.set(node.content)
        content.set(bytes, node.content.byteLength)
        node.content = content
        node.modifiedAtMs = node.changedAtMs = this.#clock.now()
      },
      sync: async () => {
        assertOpen('fsync')
        meet('sync', path)
        node.durable = node.content
      },
      close: async () => {}
    }
  }

  async *#readFolder(path: string, meet: (call: FileCall, path: string) => void) {
    meet('readFolder', path)
    for (const [name, { type }] of [...this.#tree.findFolder(path, 'scandir').names]) yield { name, type }
  }
}

function infoOf(node: Node): SimulatedFileInfo {
  const { type, mode, modifiedAtMs, changedAtMs } = node
  return {
    type,
    mode,
    modifiedAtMs,
    changedAtMs,
    sizeBytes: node.type === 'file' ? node.content.byteLength : 0
  }
}

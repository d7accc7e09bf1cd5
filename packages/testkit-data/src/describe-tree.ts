import { createHash } from 'node:crypto'
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync
} from 'node:fs'
import { resolve } from 'node:path'
import { type AttributesByPath, readAttributes } from './extended-attributes.ts'
import { decodeRawName } from './raw-names.ts'
import type { TreeEntry } from './tree-entry.ts'

export interface DescribeTreeOptions {
  /** Include the times of symbolic links. @defaultValue false */
  readonly linkTimes?: boolean | undefined
  /** Include set-uid, set-gid and sticky bits in the mode. @defaultValue false */
  readonly specialModes?: boolean | undefined
  /** Include extended attributes, which needs `getfattr`. @defaultValue true */
  readonly attributes?: boolean | undefined
}

/**
 * Everything below `folder` that a restore must bring back, the folder itself first as `.`, in the order of the paths.
 * Two trees are equal when their descriptions are. Reads every byte; nothing may change meanwhile.
 */
export async function describeTree(folder: string, options: DescribeTreeOptions = {}): Promise<TreeEntry[]> {
  const root = resolve(folder)
  const attributes: AttributesByPath = options.attributes === false ? new Map() : await readAttributes(root)
  const entries: TreeEntry[] = []
  describe(Buffer.from(root), '.', options, attributes, entries)
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function describe(
  path: Buffer,
  shown: string,
  options: DescribeTreeOptions,
  attributes: AttributesByPath,
  entries: TreeEntry[]
): void {
  const stats = lstatSync(path, { bigint: true })
  const common = {
    path: shown,
    mode: Number(stats.mode & (options.specialModes ? 0o7777n : 0o777n)).toString(8),
    uid: Number(stats.uid),
    gid: Number(stats.gid)
  }
  const mtimeNs = String((stats.mtimeNs / 100n) * 100n)
  const xattrs = attributes.get(path.toString('latin1'))
  const tail = xattrs === undefined ? {} : { xattrs }
  if (stats.isSymbolicLink()) {
    const target = decodeRawName(readlinkSync(path, { encoding: 'buffer' }))
    entries.push({ type: 'symlink', ...common, ...(options.linkTimes ? { mtimeNs } : {}), target })
  } else if (stats.isDirectory()) {
    entries.push({ type: 'folder', ...common, mtimeNs, ...tail })
    for (const name of readdirSync(path, { encoding: 'buffer' })) {
      const text = decodeRawName(name)
      const child = Buffer.concat([path, Buffer.from('/'), name])
      describe(child, shown === '.' ? text : `${shown}/${text}`, options, attributes, entries)
    }
  } else if (stats.isFile()) {
    entries.push({ type: 'file', ...common, mtimeNs, ...contentOf(path, stats), ...tail })
  } else entries.push({ type: 'other', ...common, mtimeNs })
}

const buffer = Buffer.allocUnsafeSlow(1024 * 1024)

function contentOf(path: Buffer, stats: BigIntStats): { size: number; sha256: string } {
  const hash = createHash('sha256')
  const file = openSync(path, 'r')
  try {
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
      hash.update(buffer.subarray(0, read))
  } finally {
    closeSync(file)
  }
  return { size: Number(stats.size), sha256: hash.digest('hex') }
}

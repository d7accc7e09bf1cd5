import { prose } from '../src/test-content.ts'
import { utf8 } from './bytes.ts'

/** Something that is backed up. */
export interface Item {
  readonly type: 'File' | 'Folder' | 'Symlink'
  readonly path: string
  readonly content?: Uint8Array | undefined
  /** Seconds since 1970. */
  readonly modified?: number | undefined
  readonly target?: string | undefined
  /** In place of the usual one; 'none': the entry has no metadata at all. */
  readonly metadata?: Readonly<Record<string, string>> | 'none' | undefined
}

/** 2025-07-01 12:30:45 UTC. */
export const MODIFIED = 1_751_373_045
const TICKS = '638869698451234567'
const ATTRIBUTES = { File: 'Normal', Folder: 'Directory', Symlink: 'ReparsePoint' } as const
const MODES = { File: 0o644, Folder: 0o755, Symlink: 0o777 } as const

export function itemMetadata(item: Item): Readonly<Record<string, string>> | undefined {
  if (item.metadata === 'none') return undefined
  if (item.metadata !== undefined) return item.metadata
  return {
    'unix:uid-gid-perm': `0-0-${MODES[item.type]}`,
    'unix:owner-name': 'root',
    'unix:group-name': 'root',
    CoreAttributes: ATTRIBUTES[item.type],
    CoreLastWritetime: TICKS,
    CoreCreatetime: TICKS,
    ...(item.target === undefined ? {} : { CoreSymlinkTarget: item.target })
  }
}

export const folder = (path: string): Item => ({ type: 'Folder', path })
export const link = (path: string, target: string): Item => ({ type: 'Symlink', path, target })
export function file(path: string, content: Uint8Array | string, more: Partial<Item> = {}): Item {
  return { type: 'File', path, content: typeof content === 'string' ? utf8(content) : content, ...more }
}

/** The tree of the worked example of the format: a folder, a link and files of 0, 1 and 3 blocks. */
export function workedTree(): Item[] {
  return [
    folder('/data/'),
    link('/data/link', 'hello.txt'),
    file(
      '/data/big.bin',
      Uint8Array.from({ length: 2500 }, (_, i) => (7 * i + 3) % 251)
    ),
    file('/data/empty.dat', ''),
    file('/data/hello.txt', 'Hello, interoperable world!\n')
  ]
}

/** The same later: one file changed, one gone, one new. */
export function laterTree(): Item[] {
  const [top, , big, empty] = workedTree()
  return [
    top!,
    big!,
    empty!,
    file('/data/hello.txt', 'Hello again!\n'),
    file('/data/new.txt', prose(3000, 1))
  ]
}

/** Text whose blocks all differ and compress well, so that a long file makes a small vector. */
export function numbered(length: number): Uint8Array {
  let text = ''
  for (let line = 0; text.length < length; line++) text += `${String(line).padStart(7, '0')}\n`
  return utf8(text.slice(0, length))
}

import { noise, numbersFrom, prose } from './test-content.ts'
import { TreeWriter } from './tree-writer.ts'

/** Groups of entries that a tree may have. */
export type TreeFeature =
  /** Sizes around the block size, and contents that share blocks. */
  | 'blocks'
  /** Names with spaces, quotes, line feeds, leading dashes, 255 bytes, both Unicode forms, `__proto__`. */
  | 'names'
  /** Names that are not UTF-8, which Linux has and the volume format has not. */
  | 'raw-names'
  /** Symbolic links: to files, to folders, to nothing, to themselves. */
  | 'symlinks'
  | 'hard-links'
  /** Extended attributes, which need `setfattr`. */
  | 'attributes'
  | 'sparse'
  /** 40 folders one in another, and empty ones. */
  | 'deep'
  | 'modes'
  /** Set-uid, set-gid and sticky bits. */
  | 'special-modes'
  /** Times before 1970, after 2038 and with 100 ns. */
  | 'times'
  /** A FIFO. */
  | 'special-files'

export interface MakeTreeOptions {
  /** @defaultValue 1 */
  readonly seed?: number | undefined
  /** Bytes of a block of the backup, around which sizes are chosen. @defaultValue 102 400 */
  readonly blockSize?: number | undefined
  /** Small files besides those of the features. @defaultValue 50 */
  readonly files?: number | undefined
  /** @defaultValue all that the volume format can hold in full */
  readonly features?: readonly TreeFeature[] | undefined
}

/** Features of a tree that a backup and a restore bring back exactly. */
export const PLAIN_FEATURES: readonly TreeFeature[] = Object.freeze([
  'blocks',
  'names',
  'symlinks',
  'hard-links',
  'attributes',
  'sparse',
  'deep',
  'modes',
  'times'
])

const START = 1_751_373_045

/** Makes a tree below `folder`, which may exist and is to be empty: the same for the same options. */
export async function makeTree(folder: string, options: MakeTreeOptions = {}): Promise<void> {
  const { seed = 1, blockSize = 102_400, files = 50, features = PLAIN_FEATURES } = options
  const writer = new TreeWriter(folder, START)
  writer.file('hello.txt', 'Hello, world!\n')
  writer.file('empty.dat', '')
  const next = numbersFrom(seed)
  for (let index = 0; index < files; index++) {
    const content = (index % 3 === 0 ? noise : prose)(next() % 5000, seed + index)
    writer.file(`small/${index % 7}/file-${index}.txt`, content, { time: START - (next() % 100_000_000) })
  }
  for (const feature of features) MAKERS[feature](writer, seed, blockSize)
  await writer.finish()
}

/**
 * Changes a tree that `makeTree` made with the same seed: contents, names, modes, additions and deletions. Steps are
 * taken in order, from 1.
 */
export async function changeTree(folder: string, step: number, options: MakeTreeOptions = {}): Promise<void> {
  const { seed = 1, blockSize = 102_400, files = 50 } = options
  const time = START + step * 86_400
  const writer = new TreeWriter(folder, time)
  writer.file('hello.txt', `Hello again, for the ${step}. time!\n`, { mode: step % 2 === 0 ? 0o644 : 0o640 })
  writer.file(`added/in-step-${step}.txt`, prose(3 * blockSize, seed + step))
  const grown = noise(2 * blockSize + 100 * step, seed)
  grown.fill(step, blockSize + 5, blockSize + 50)
  writer.file('changed/grows.bin', grown)
  if (step > 1) writer.rename(`added/in-step-${step - 1}.txt`, `moved/from-step-${step - 1}.txt`)
  for (let index = step - 1; index < files; index += 10) {
    const path = `small/${index % 7}/file-${index}.txt`
    if (step <= 10 && index % 20 < 10) writer.remove(path)
    else writer.file(path, prose(100 + index, seed + step), { time: time - index })
  }
  await writer.finish()
}

type Maker = (writer: TreeWriter, seed: number, blockSize: number) => void

const MAKERS: Readonly<Record<TreeFeature, Maker>> = {
  blocks(writer, seed, blockSize) {
    for (const size of [1, blockSize - 1, blockSize, blockSize + 1, 2 * blockSize, 2 * blockSize + 1]) {
      writer.file(`blocks/${size}.bin`, noise(size, seed + size))
    }
    const many = noise(35 * blockSize + 17, seed + 7)
    writer.file('blocks/many.bin', many)
    writer.file('blocks/copy-of-many.bin', many)
    writer.file(
      'blocks/same-beginning.bin',
      Buffer.concat([many.subarray(0, 9 * blockSize), noise(blockSize, seed)])
    )
    writer.file('blocks/zeros.img', new Uint8Array(4 * blockSize))
    writer.file('blocks/text.log', prose(3 * blockSize + 999, seed))
  },
  names(writer) {
    const names = [
      'with space',
      ' leading and trailing ',
      '-leading-dash',
      '--option=value',
      'line\nbreak',
      'tab\there',
      'quote"double',
      "quote'single",
      'back\\slash',
      'percent%20+plus#hash?q=1&b',
      'star*question?[a-z]',
      '$HOME `id`;rm',
      '...',
      '.hidden',
      '~',
      'trailing.',
      'C:colon',
      '__proto__',
      'constructor',
      'caf\u00e9 composed',
      'cafe\u0301 decomposed',
      '日本語-🎈',
      '\u202egnp.right-to-left',
      '\ufeffmark',
      'n'.repeat(255),
      'é'.repeat(127)
    ]
    for (const name of names) writer.file(`names/${name}`, `content of ${name}`)
    for (const name of ['folder with space', '-dash', '__proto__', 'line\nbreak', 'ü']) {
      writer.file(`name-folders/${name}/inside.txt`, name)
    }
  },
  'raw-names'(writer) {
    writer.file('raw/latin-\udce9.txt', 'a name in Latin-1')
    writer.file('raw/cut-\udce2\udc82', 'a cut character')
    writer.file('raw/folder-\udcff/inside.txt', 'in a folder with such a name')
  },
  symlinks(writer) {
    writer.symlink('links/to-file', '../hello.txt')
    writer.symlink('links/to-folder', '../small')
    writer.symlink('links/dangling', 'does/not/exist')
    writer.symlink('links/absolute', '/does/not/exist')
    writer.symlink('links/itself', 'itself')
    writer.symlink('links/up', '..')
    writer.symlink('links/odd "target"\n', 'odd "target" \u00fc\n')
    writer.symlink('links/long', 'x/'.repeat(1000))
  },
  'hard-links'(writer) {
    writer.file('hard/first.txt', 'one file, three names')
    writer.hardLink('hard/first.txt', 'hard/second.txt')
    writer.hardLink('hard/first.txt', 'hard/elsewhere/third.txt')
  },
  attributes(writer, seed) {
    writer.file('attributes/file.txt', 'with attributes')
    writer.attribute('attributes/file.txt', 'user.comment', Buffer.from('an attribute, ünïcödé'))
    writer.attribute('attributes/file.txt', 'user.binary', noise(500, seed))
    writer.attribute('attributes/file.txt', 'user.empty', new Uint8Array())
    writer.file('attributes/odd "name"\n=x', 'with attributes')
    writer.attribute('attributes/odd "name"\n=x', 'user.odd name', Buffer.from('x'))
    writer.folder('attributes/folder')
    writer.attribute('attributes/folder', 'user.folder', Buffer.from('on a folder'))
    writer.file('attributes/large.txt', 'with much metadata')
    writer.attribute('attributes/large.txt', 'user.large', noise(3000, seed))
  },
  sparse(writer, seed) {
    writer.sparse('sparse/holes.img', 3_000_000, 1_234_567, noise(1000, seed))
    writer.sparse('sparse/only-holes.img', 1_000_000, 0, new Uint8Array())
  },
  deep(writer) {
    const folders = Array.from({ length: 40 }, (_, depth) => `level-${depth}`)
    writer.file(`deep/${folders.join('/')}/bottom.txt`, 'deep')
    writer.folder('empty-folder')
    writer.folder('empty-folders/in/one/another')
  },
  modes(writer) {
    for (const mode of [0o600, 0o444, 0o755, 0o666, 0o400, 0o711]) {
      writer.file(`modes/file-${mode.toString(8)}`, 'x', { mode })
    }
    for (const mode of [0o700, 0o777, 0o750]) writer.folder(`modes/folder-${mode.toString(8)}`, mode)
  },
  'special-modes'(writer) {
    for (const mode of [0o4755, 0o2755, 0o1644]) writer.file(`modes/file-${mode.toString(8)}`, 'x', { mode })
    writer.folder('modes/folder-1777', 0o1777)
    writer.folder('modes/folder-2775', 0o2775)
  },
  times(writer) {
    const times = [
      ['epoch', 0n, 0],
      ['tick-after-epoch', 0n, 100],
      ['early', 86_400n, 500_000_000],
      ['ticks', 1_751_373_045n, 123_456_700],
      ['last-tick-of-a-second', 1_751_373_045n, 999_999_900],
      ['after-2038', 2_208_988_800n, 700]
    ] as const
    for (const [name, seconds, nanoseconds] of times) {
      writer.file(`times/${name}.txt`, name)
      writer.exactTime(`times/${name}.txt`, seconds, nanoseconds)
    }
  },
  'special-files'(writer) {
    writer.fifo('fifo')
  }
}

/** Destinations that differ in what they hold: names, paths, metadata, versions, indexes and what lies beside volumes. */
import type { DestinationVector } from '../src/format-vector.ts'
import { noise, prose } from '../src/test-content.ts'
import { base64, flipped, utf8 } from './bytes.ts'
import { Destination } from './destination.ts'
import { sha256 } from './settings.ts'
import { file, folder, type Item, laterTree, link, workedTree } from './trees.ts'
import { zipKind } from './volume-kind.ts'

type About = Pick<DestinationVector, 'id' | 'summary' | 'features'>
type Make = (seed: number) => DestinationVector

/** One version with this tree. */
function tree(
  about: About,
  items: readonly Item[],
  options: Parameters<Destination['addVersion']>[1] = {}
): Make {
  return (seed) => {
    const destination = new Destination({ seed, kind: zipKind('deflate') })
    destination.addVersion(items, options)
    return destination.vector(about)
  }
}

const windows = (path: string): string => path.replaceAll('/', '\\')
const windowsItem = (item: Item): Item => ({
  ...item,
  path: windows(item.path),
  metadata: {
    'win-ext:accessrules': '[]',
    CoreAttributes: 'Archive',
    CoreLastWritetime: '638869698451234567'
  }
})

const ODD_NAMES = [
  '"quotes" and \'others\'',
  'back\\slash',
  'line\nfeed',
  'control \u0001\u001f\u007f\u0085',
  'separators \u2028\u2029',
  'emoji 🔑 𝄞',
  'composed é',
  'decomposed e\u0301',
  ' spaces around ',
  'trailing dots...',
  'CON',
  'aux.txt',
  'with:colon',
  'star*?<>|',
  '__proto__',
  'constructor',
  'toString',
  '/Date(1)',
  'a'.repeat(255),
  '-rf',
  '~',
  '.hidden',
  '%41'
]

const OPTIONAL: Make[] = [
  tree(
    {
      id: 'odd-names',
      summary: 'names that are escaped, look alike or mean something to some system',
      features: ['names']
    },
    [
      folder('/names/'),
      folder('/names/folder with \\ and "/'),
      ...ODD_NAMES.filter((name) => !name.startsWith('/')).map((name, i) => file(`/names/${name}`, `${i}`))
    ]
  ),
  tree(
    {
      id: 'windows-paths',
      summary: 'drives, a share, and an alternate stream, which is an ordinary file to the format',
      features: ['paths']
    },
    [
      folder('C:/'),
      folder('C:/Users/'),
      file('C:/Users/read.me', 'on a drive\r\n'),
      file('C:/Users/read.me:stream', 'an alternate stream'),
      folder('D:/'),
      file('D:/other', 'on another'),
      folder('//server/share/'),
      file('//server/share/file', 'on a share')
    ].map(windowsItem)
  ),
  tree(
    {
      id: 'links',
      summary: 'links to a file, a folder (with a separator at its end), nothing, and out of the tree',
      features: ['links']
    },
    [
      folder('/data/'),
      folder('/data/folder/'),
      link('/data/to a file', 'folder/file'),
      link('/data/to a folder/', 'folder'),
      link('/data/dangling', 'nowhere'),
      link('/data/outside', '../../etc/passwd'),
      link('/data/absolute', '/etc/passwd'),
      file('/data/folder/file', 'content')
    ]
  ),
  tree(
    {
      id: 'metadata',
      summary: 'empty, missing, unknown and large metadata, which takes a list of blocks',
      features: ['metadata']
    },
    [
      folder('/data/'),
      file('/data/empty object', '1', { metadata: {} }),
      file('/data/unknown keys', '3', {
        metadata: { CoreAttributes: 'Hidden, ReadOnly', 'other:key': 'value', '': '' }
      }),
      file('/data/attributes', '4', {
        metadata: { 'unix-ext:user.note': base64(utf8('a note')), 'unix:uid-gid-perm': '1000-1000-420' }
      }),
      file('/data/two blocks', '5', { metadata: { 'unix-ext:user.big': base64(noise(1200, 7)) } }),
      file('/data/five blocks', '6', { metadata: { 'unix-ext:user.big': base64(noise(3500, 8)) } })
    ]
  ),
  tree(
    {
      id: 'prototype-keys',
      summary: 'metadata with keys that mean something to some languages',
      features: ['metadata', 'hostile']
    },
    [
      folder('/data/'),
      file('/data/file', '1', {
        metadata: JSON.parse('{"__proto__":"polluted","constructor":"polluted","CoreAttributes":"Normal"}')
      })
    ]
  ),
  tree(
    {
      id: 'control-files',
      summary: 'files that were stored along with a version and are no part of it',
      features: ['control-files']
    },
    workedTree(),
    { controlFiles: { 'note.txt': utf8('kept apart'), 'empty.bin': new Uint8Array(0) } }
  ),
  tree(
    {
      id: 'no-fileset',
      summary: 'a list without the entry that says whether it is complete: it is',
      features: ['versions']
    },
    workedTree(),
    {
      noFileset: true
    }
  ),
  tree(
    {
      id: 'unknown-types',
      summary: 'items of types that are not known are passed over; the case of a type does not matter',
      features: ['lists']
    },
    workedTree(),
    {
      extraItems: [
        '{"type":"Device","path":"/data/tty"}',
        '{"type":"AlternateStream","path":"C:\\\\a:b","hash":"","size":0,"time":"20250701T123045Z"}'
      ],
      leftOut: [
        { path: '/data/tty', errors: ['type-unknown'] },
        { path: 'C:\\a:b', errors: ['type-unknown'] }
      ]
    }
  ),
  (seed) => {
    const destination = new Destination({ seed, kind: zipKind('deflate'), manifest: { version: 1 } })
    destination.addVersion(workedTree())
    return destination.vector({
      id: 'manifest-1',
      summary: 'the first version of the format, which names no blocks of its own for single ones',
      features: ['manifest']
    })
  },
  (seed) => {
    const destination = new Destination({ seed, kind: zipKind('deflate'), marks: false })
    destination.addVersion(workedTree())
    return destination.vector({
      id: 'no-marks',
      summary: 'texts without a byte-order mark',
      features: ['manifest']
    })
  },
  (seed) => {
    const destination = new Destination({ seed, prefix: 'my.backup_1', kind: zipKind('deflate') })
    destination.addVersion(workedTree())
    return destination.vector({ id: 'prefix', summary: 'volumes with another prefix', features: ['names'] })
  },
  (seed) => {
    const destination = new Destination({ seed, kind: zipKind('deflate') })
    destination.addVersion(workedTree())
    destination.addVersion(laterTree())
    destination.addVersion([folder('/data/')], { isFull: false })
    destination.addVersion([...laterTree(), file('/data/prose', prose(6000, 3))])
    return destination.vector({
      id: 'versions',
      summary: 'four versions: changed, emptied and incomplete, and filled again; blocks are stored once',
      features: ['versions']
    })
  },
  (seed) => {
    const destination = new Destination({ seed, kind: zipKind('deflate') })
    destination.addVersion(workedTree())
    const [dblock] = destination.names('dblock')
    const extra = {
      'duplicati-verification.json': utf8('\uFEFF[]'),
      'duplicati-access-privileges-test.tmp': utf8('This file can be deleted')
    }
    const others = {
      [`${dblock}.par2`]: noise(100, 1),
      [`${destination.names('dlist')[0]}.par2`]: noise(100, 2),
      [`deleted-${dblock}.0a1b2c`]: noise(50, 3),
      'other-20250101T000000Z.dlist.zip': noise(50, 4),
      'photo.jpg': noise(50, 5),
      'duplicati-.dlist.zip': noise(50, 6)
    }
    for (const [name, bytes] of Object.entries({ ...extra, ...others })) destination.files.set(name, bytes)
    return destination.vector({
      id: 'other-files',
      summary:
        'parity companions, a verification file, a volume that was renamed instead of deleted, and files of others',
      features: ['names', 'parity']
    })
  }
]

export function* contents(first: number): Generator<DestinationVector> {
  let seed = first
  for (const make of OPTIONAL) yield make(seed++)
  for (const make of INDEXES) yield make(seed++)
}

const INDEXES: Make[] = [
  ...(['lookup', 'none'] as const).map(
    (index): Make =>
      (seed) => {
        const destination = new Destination({ seed, kind: zipKind('deflate'), index })
        destination.addVersion(workedTree())
        destination.addVersion(laterTree())
        const what = index === 'none' ? 'no dindexes at all' : 'dindexes without copies of blocklists'
        return destination.vector({ id: `index-${index}`, summary: what, features: ['index'] })
      }
  ),
  (seed) => {
    const destination = new Destination({ seed, index: 'none' })
    destination.addVersion(workedTree())
    destination.addVersion(laterTree())
    const [first, second] = destination.names('dblock')
    const parts = [...entriesOf(destination, first!), ...entriesOf(destination, second!)]
    const wrong = {
      name: `list/${base64(sha256(utf8('a')))
        .replaceAll('/', '_')
        .replaceAll('+', '-')}`,
      bytes: utf8('x'.repeat(64))
    }
    const odd = { name: 'list/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', bytes: utf8('odd') }
    destination.addDindex([...parts, wrong, odd, { name: 'vol/no volume', bytes: utf8('{}') }], [])
    return destination.vector({
      id: 'index-odd',
      summary: 'one dindex for two dblocks, without their hashes, with copies of blocklists that are wrong',
      features: ['index']
    })
  },
  (seed) => {
    const destination = new Destination({ seed, kind: zipKind('deflate') })
    destination.addVersion(workedTree())
    destination.addVersion(laterTree())
    const [first, second] = destination.names('dindex')
    destination.files.delete(first!)
    destination.files.set(second!, destination.files.get(second!)!.subarray(0, 100))
    return destination.vector({
      id: 'index-damaged',
      summary: 'one dindex is missing and one cut off: the dblocks say what they hold',
      features: ['index', 'damage']
    })
  },
  (seed) => {
    const destination = new Destination({ seed })
    destination.addVersion(workedTree())
    const [dblock] = destination.names('dblock')
    const copy = dblock!.replace(/-b[0-9a-f]{8}/, '-bffffffff')
    destination.files.set(copy, destination.files.get(dblock!)!)
    destination.addDindex(entriesOf(destination, copy), [])
    // The first block of the long file: a single bit of it.
    const bytes = destination.files.get(dblock!)!
    const at = Buffer.from(bytes).indexOf(Buffer.from(workedTree()[2]!.content!.subarray(0, 64)))
    destination.files.set(dblock!, flipped(bytes, at + 10))
    return destination.vector({
      id: 'two-copies',
      summary: 'every block is in two dblocks; one of these is damaged',
      features: ['damage']
    })
  },
  (seed) => {
    const destination = new Destination({ seed })
    destination.addVersion(workedTree())
    const [dlist] = destination.names('dlist')
    destination.addBlocks(utf8('a block that no version refers to'))
    const abandoned = destination.flush()
    const [dblock] = destination.names('dblock')
    const partial = dblock!.replace(/-b[0-9a-f]{8}/, '-beeeeeeee')
    destination.files.set(partial, destination.files.get(abandoned)!.subarray(0, 90))
    destination.files.set(dlist!, destination.files.get(dlist!)!)
    return destination.vector({
      id: 'leftovers',
      summary: 'what an interrupted run leaves: volumes of blocks without a list, and a file that is cut off',
      features: ['damage']
    })
  },
  (seed) => {
    const destination = new Destination({ seed })
    destination.addVersion(workedTree())
    const [dblock] = destination.names('dblock')
    const bytes = destination.files.get(dblock!)!
    destination.files.delete(dblock!)
    destination.files.set(
      dblock!.replace(/-b([0-9a-f]+)/, (_, id: string) => `-b${id.toUpperCase()}`),
      bytes
    )
    destination.addBlocks(new Uint8Array(0))
    destination.replace('duplicati-b0.dblock.zip', [])
    return destination.vector({
      id: 'ids',
      summary: 'an id in capitals, an id of one digit, and a volume of blocks that is empty',
      features: ['names']
    })
  }
]

/** What a dindex says of a stored dblock, without its hash and length. */
function entriesOf(destination: Destination, dblock: string): { name: string; bytes: Uint8Array }[] {
  const bytes = Buffer.from(destination.files.get(dblock)!)
  const blocks: { hash: string; size: number }[] = []
  // Stored entries: header, name, content.
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; ) {
    const [size, length] = [bytes.readUInt32LE(at + 22), bytes.readUInt16LE(at + 26)]
    const name = bytes.toString('utf8', at + 30, at + 30 + length)
    if (name !== 'manifest') blocks.push({ hash: name.replaceAll('-', '+').replaceAll('_', '/'), size })
    at += 30 + length + size
  }
  return [{ name: `vol/${dblock}`, bytes: utf8(JSON.stringify({ blocks })) }]
}

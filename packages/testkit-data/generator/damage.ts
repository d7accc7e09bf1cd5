/** Destinations of which something is lost or hostile: what can be had must be had, the rest must be told. */
import type { DestinationVector, VectorEntry, VectorVersion } from '../src/format-vector.ts'
import type { VectorErrorWord } from '../src/vector-errors.ts'
import { base64, flipped, utf8 } from './bytes.ts'
import { Destination } from './destination.ts'
import { PASSPHRASE } from './kinds.ts'
import { hashOf, SETTINGS, sha256, timeText } from './settings.ts'
import { laterTree, MODIFIED, workedTree } from './trees.ts'
import { inAes, inGpg, tarKind, zipKind } from './volume-kind.ts'

type Make = (seed: number) => DestinationVector

const LOST: readonly VectorErrorWord[] = ['block-missing', 'block-damaged', 'content-differs']

/** Marks the content of these paths as lost. */
function withLost(versions: readonly VectorVersion[], paths: readonly string[]): VectorVersion[] {
  const change = (entry: VectorEntry): VectorEntry => {
    if (!paths.includes(entry.path)) return entry
    const { sha256: _, ...rest } = entry
    return { ...rest, errors: LOST }
  }
  return versions.map((version) => ({ ...version, entries: version.entries.map(change) }))
}

function withoutMetadata(versions: readonly VectorVersion[]): VectorVersion[] {
  const change = ({ metadata: _, ...rest }: VectorEntry): VectorEntry => rest
  return versions.map((version) => ({ ...version, entries: version.entries.map(change) }))
}

const BIG = '/data/big.bin'
const HELLO = '/data/hello.txt'

/** An item of a list for the file hello.txt under another path. */
function item(path: string, more: Record<string, unknown> = {}): string {
  const hash = base64(sha256(utf8('Hello, interoperable world!\n')))
  return JSON.stringify({ type: 'File', path, hash, size: 28, time: timeText(MODIFIED), ...more })
}

const PATHS: readonly [path: string, error: VectorErrorWord][] = [
  ['/data/../../etc/passwd', 'path-escapes'],
  ['/data/..', 'path-escapes'],
  ['/..', 'path-escapes'],
  ['C:\\data\\..\\..\\boot.ini', 'path-escapes'],
  ['\\\\server\\share\\..\\..\\x', 'path-escapes'],
  ['data/relative', 'path-relative'],
  ['./here', 'path-relative'],
  ['~/home', 'path-relative'],
  ['', 'entry-invalid'],
  ['/data/zero\0byte', 'entry-invalid'],
  ['/data/hello.txt', 'path-duplicate']
]

const BAD_ITEMS: readonly [json: string, path: string][] = [
  [item('/data/1', { hash: undefined }), '/data/1'],
  [item('/data/2', { hash: 'AAAA' }), '/data/2'],
  [item('/data/3', { hash: '!'.repeat(44) }), '/data/3'],
  [item('/data/4', { size: -1 }), '/data/4'],
  [item('/data/5', { size: 1.5 }), '/data/5'],
  [item('/data/6', { size: '28' }), '/data/6'],
  [item('/data/7', { time: 'yesterday' }), '/data/7'],
  [item('/data/8', { blocklists: 'no list' }), '/data/8'],
  [item('/data/9', { blocklists: ['AAAA'] }), '/data/9']
]

const MAKERS: Make[] = [
  (seed) => {
    const destination = new Destination({ seed })
    destination.addVersion(workedTree(), {
      extraItems: PATHS.map(([path]) => item(path)),
      leftOut: PATHS.map(([path, error]) => ({ path, errors: [error] }))
    })
    return destination.vector({
      id: 'hostile-paths',
      summary:
        'paths that lead out, are relative, occur twice or cannot exist are left out; the others are read',
      features: ['hostile', 'paths']
    })
  },
  (seed) => {
    const destination = new Destination({ seed })
    destination.addVersion(workedTree(), {
      extraItems: BAD_ITEMS.map(([json]) => json),
      leftOut: BAD_ITEMS.map(([, path]) => ({ path, errors: ['entry-invalid'] }))
    })
    return destination.vector({
      id: 'hostile-items',
      summary: 'items with properties that are missing or impossible are left out; the others are read',
      features: ['hostile', 'lists']
    })
  },
  (seed) => {
    const destination = new Destination({ seed })
    destination.addVersion(workedTree(), {
      extraItems: [
        '{"__proto__":{"type":"File"},"path":"/data/proto"}',
        '{"constructor":{"prototype":{"polluted":1}},"type":"Folder","path":"/data/constructor/"}'
      ],
      leftOut: [{ path: '/data/proto', errors: ['type-unknown', 'entry-invalid'] }]
    })
    const [version] = destination.versions
    const entries: VectorEntry[] = [...version!.entries, { type: 'folder', path: '/data/constructor/' }]
    entries.sort((a, b) => (a.path < b.path ? -1 : 1))
    return destination.vector(
      {
        id: 'hostile-keys',
        summary: 'keys of objects that mean something to some languages are keys like any other',
        features: ['hostile', 'lists']
      },
      { versions: [{ ...version!, entries }] }
    )
  },
  (seed) => {
    const destination = new Destination({ seed })
    destination.addVersion([])
    destination.addVersion(workedTree())
    destination.files.delete(destination.names('dblock')[0]!)
    return destination.vector(
      {
        id: 'missing-dblock',
        summary: 'all blocks are gone; what the list says can still be told',
        features: ['damage']
      },
      { versions: withoutMetadata(withLost(destination.versions.toReversed(), [BIG, HELLO])) }
    )
  },
  (seed) => {
    const destination = new Destination({ seed })
    destination.addVersion(workedTree())
    const [dblock] = destination.names('dblock')
    const bytes = destination.files.get(dblock!)!
    const at = Buffer.from(bytes).indexOf(Buffer.from(workedTree()[2]!.content!.subarray(0, 64)))
    destination.files.set(dblock!, flipped(bytes, at + 5))
    return destination.vector(
      {
        id: 'altered-block',
        summary: 'one bit of one block differs: one file is lost, the others are not',
        features: ['damage']
      },
      { versions: withLost(destination.versions, [BIG]) }
    )
  },
  (seed) => {
    const destination = new Destination({ seed })
    destination.addVersion(workedTree(), {
      extraItems: [
        item('/data/longer', { size: 29 }),
        item('/data/shorter', { size: 27 }),
        item('/data/lists too few', {
          size: 70_000,
          blocklists: [base64(sha256(utf8('Hello, interoperable world!\n')))]
        })
      ]
    })
    const [version] = destination.versions
    const more = [
      ['/data/longer', 29],
      ['/data/shorter', 27],
      ['/data/lists too few', 70_000]
    ] as const
    const entries: VectorEntry[] = [
      ...version!.entries,
      ...more.map(
        ([path, size]) =>
          ({ type: 'file', path, size, modified: MODIFIED, errors: [...LOST, 'entry-invalid'] }) as const
      )
    ]
    entries.sort((a, b) => (a.path < b.path ? -1 : 1))
    return destination.vector(
      {
        id: 'wrong-lengths',
        summary: 'files whose length does not agree with their blocks are never given out as whole',
        features: ['damage', 'hostile']
      },
      { versions: [{ ...version!, entries }] }
    )
  },
  (seed) => {
    const settings = { ...SETTINGS, fileHash: 'SHA512' }
    const destination = new Destination({ seed, settings })
    const hash = base64(hashOf('SHA512', utf8('another content')))
    const blockhash = base64(sha256(utf8('Hello, interoperable world!\n')))
    destination.addVersion(workedTree(), {
      extraItems: [item('/data/one block', { hash, blockhash, blocksize: 28 })]
    })
    const [version] = destination.versions
    const lost = {
      type: 'file',
      path: '/data/one block',
      size: 28,
      modified: MODIFIED,
      errors: LOST
    } as const
    const entries = [...version!.entries, lost].sort((a, b) => (a.path < b.path ? -1 : 1))
    return destination.vector(
      {
        id: 'wrong-hash',
        summary: 'a file whose blocks are whole, and whose hash is that of something else',
        features: ['damage', 'hostile']
      },
      { versions: [{ ...version!, entries }] }
    )
  },
  (seed) => {
    const destination = new Destination({ seed })
    destination.addVersion(workedTree())
    destination.addVersion(laterTree())
    const [, second] = destination.names('dlist')
    destination.files.set(second!, destination.files.get(second!)!.subarray(0, 80))
    return destination.vector(
      {
        id: 'damaged-dlist',
        summary: 'the newest list is cut off; the version before it is read',
        features: ['damage']
      },
      { versions: destination.versions.slice(0, 1) }
    )
  },
  ...refusals()
]

function refusals(): Make[] {
  const aes = (version: 2 | 3) => inAes(zipKind(), { passphrase: PASSPHRASE, version })
  const gpg = inGpg(zipKind(), { passphrase: PASSPHRASE })
  const cases = [
    ['no-passphrase-aes', 'no passphrase for AES Crypt', aes(2), undefined, 'no-passphrase'],
    ['no-passphrase-openpgp', 'no passphrase for OpenPGP', gpg, undefined, 'no-passphrase'],
    [
      'wrong-passphrase-aes-2',
      'another passphrase, AES Crypt version 2',
      aes(2),
      'another',
      'wrong-passphrase'
    ],
    [
      'wrong-passphrase-aes-3',
      'another passphrase, AES Crypt version 3',
      aes(3),
      'another',
      'wrong-passphrase'
    ],
    ['wrong-passphrase-openpgp', 'another passphrase, OpenPGP', gpg, 'another', 'wrong-passphrase'],
    [
      'wrong-passphrase-tgz',
      'another passphrase, tar in AES Crypt',
      inAes(tarKind('tgz'), { passphrase: PASSPHRASE }),
      'another',
      'wrong-passphrase'
    ]
  ] as const
  const made = cases.map(
    ([id, summary, kind, passphrase, error]): Make =>
      (seed) => {
        const destination = new Destination({ seed, kind })
        destination.addVersion(workedTree())
        const { versions: _, ...vector } = destination.vector({ id, summary, features: ['refused'] })
        return { ...vector, errors: [error], ...(passphrase === undefined ? {} : { passphrase }) }
      }
  )
  const changed =
    (
      id: string,
      summary: string,
      errors: readonly VectorErrorWord[],
      change: (destination: Destination) => void,
      version = 2
    ): Make =>
    (seed) => {
      const destination = new Destination({ seed, manifest: { version } })
      destination.addVersion(workedTree())
      change(destination)
      const { versions: _, ...vector } = destination.vector({ id, summary, features: ['refused'] })
      return { ...vector, errors }
    }
  return [
    ...made,
    changed('no-versions', 'volumes of blocks and no list', ['no-backup'], (destination) => {
      destination.files.delete(destination.names('dlist')[0]!)
    }),
    changed('empty', 'an empty folder', ['no-backup'], (destination) => destination.files.clear()),
    changed(
      'newer-format',
      'a version of the format that does not exist yet',
      ['unsupported-version'],
      () => {},
      3
    ),
    changed(
      'unknown-kind',
      'a list of a kind of archive that is not known',
      ['unsupported-kind', 'no-backup'],
      (destination) => {
        const [dlist] = destination.names('dlist')
        destination.files.set(dlist!.replace('.zip', '.7z'), destination.files.get(dlist!)!)
        destination.files.delete(dlist!)
      }
    )
  ]
}

export function* damage(first: number): Generator<DestinationVector> {
  let seed = first
  for (const make of MAKERS) yield make(seed++)
}

/** Destinations that differ in how their volumes are packed and encrypted. */
import type { DestinationVector } from '../src/format-vector.ts'
import { extension } from './aes-crypt.ts'
import { Destination, type DestinationOptions } from './destination.ts'
import { file, folder, numbered, workedTree } from './trees.ts'
import { inAes, inGpg, tarKind, type VolumeKind, zipKind } from './volume-kind.ts'
import { COMPRESSED_TEXT } from './zstd.ts'

const PASSPHRASE = 'correct horse battery staple'
/** Not ASCII, and not in the first plane either. */
const OTHER_PASSPHRASE = 'pässw0rd 密 🔑'

interface Kind {
  readonly id: string
  readonly summary: string
  readonly features: readonly string[]
  readonly kind: VolumeKind
  readonly passphrase?: string
}

const zip = (id: string, summary: string, kind: VolumeKind): Kind => ({
  id: `zip-${id}`,
  summary,
  features: ['zip'],
  kind
})
const aes = (
  id: string,
  summary: string,
  options: Parameters<typeof inAes>[1],
  kind = zipKind('deflate')
): Kind => ({
  id: `aes-${id}`,
  summary,
  features: ['aes'],
  kind: inAes(kind, options),
  passphrase: options.passphrase
})
const gpg = (id: string, summary: string, options: Parameters<typeof inGpg>[1]): Kind => ({
  id: `openpgp-${id}`,
  summary,
  features: ['openpgp'],
  kind: inGpg(zipKind('deflate'), options),
  passphrase: options.passphrase
})

const secret = { passphrase: PASSPHRASE }
const placeholder = extension('', '\0'.repeat(127))
const duplicatis = [
  extension('CREATED_BY', 'SharpAESCrypt v3.0.0.0'),
  extension('CREATED_DATE', '2025-07-02'),
  extension('CREATED_TIME', '08-00-00'),
  placeholder
]

const KINDS: readonly Kind[] = [
  zip('stored', 'every entry stored', zipKind('stored')),
  zip('deflate', 'entries packed with Deflate', zipKind('deflate')),
  zip('zstd', 'entries packed with Zstandard (method 93)', zipKind('zstd')),
  zip(
    'descriptors',
    'sizes follow the content, after a signature',
    zipKind('deflate', { descriptors: 'signed' })
  ),
  zip(
    'bare-descriptors',
    'sizes follow the content, without a signature',
    zipKind('deflate', { descriptors: 'bare' })
  ),
  zip('zip64', 'sizes, offsets and counts in fields of 64 bits', zipKind('deflate', { zip64: true })),
  zip(
    'extra-of-zeros',
    'a local extra field with id 0 and length 0',
    zipKind('stored', { extra: new Uint8Array(4) })
  ),
  zip('utf8-flag', 'the flag for names in UTF-8 is set', zipKind('deflate', { utf8Flag: true })),
  zip(
    'cut-directory',
    'the directory at the end is cut off: entries are found by their own headers',
    zipKind('stored', { cutBytes: 40 })
  ),
  { id: 'tgz', summary: 'tar in gzip, with its directory', features: ['tar'], kind: tarKind('tgz') },
  {
    id: 'tgz-no-directory',
    summary: 'tar in gzip that just ends',
    features: ['tar'],
    kind: tarKind('tgz', { end: 'nothing' })
  },
  {
    id: 'tgz-zeros',
    summary: 'tar in gzip that ends in blocks of zeros',
    features: ['tar'],
    kind: tarKind('tgz', { end: 'zeros' })
  },
  { id: 'tzstd', summary: 'tar in Zstandard, with its directory', features: ['tar'], kind: tarKind('tzstd') },
  aes('0', 'AES Crypt version 0', { ...secret, version: 0 }),
  aes('1', 'AES Crypt version 1', { ...secret, version: 1 }),
  aes('2', 'AES Crypt version 2, with the shortest header', { ...secret, version: 2 }),
  aes('3', 'AES Crypt version 3', { ...secret, version: 3 }),
  aes('2-extensions', 'AES Crypt version 2 with the extensions that Duplicati writes', {
    ...secret,
    extensions: duplicatis
  }),
  aes('3-extensions', 'AES Crypt version 3 with an extension', {
    ...secret,
    version: 3,
    extensions: [placeholder]
  }),
  aes('2-other-padding', 'AES Crypt version 2 with zeros for padding, as some programs write', {
    ...secret,
    paddingByte: 0
  }),
  aes('2-passphrase', 'AES Crypt version 2, a passphrase beyond ASCII (UTF-16)', {
    passphrase: OTHER_PASSPHRASE
  }),
  aes('3-passphrase', 'AES Crypt version 3, a passphrase beyond ASCII (UTF-8)', {
    passphrase: OTHER_PASSPHRASE,
    version: 3
  }),
  aes('2-tgz', 'tar in gzip in AES Crypt version 2', secret, tarKind('tgz')),
  gpg('symmetric', 'an OpenPGP message under a passphrase', secret),
  gpg('armor', 'the same as text', { ...secret, armor: true }),
  gpg('compressed', 'compressed, as the program does unless it is told not to', {
    ...secret,
    compressed: true
  }),
  gpg('partial-lengths', 'with lengths in parts', { ...secret, partial: true }),
  gpg('passphrase', 'under a passphrase beyond ASCII', { passphrase: OTHER_PASSPHRASE })
]

export function* kinds(seed: number): Generator<DestinationVector> {
  yield workedExample(seed++)
  for (const { id, summary, features, kind, passphrase } of KINDS) {
    const destination = new Destination({ seed: seed++, kind })
    destination.addVersion([...workedTree(), file('/data/text', COMPRESSED_TEXT)])
    yield destination.vector({ id, summary, features }, passphrase === undefined ? {} : { passphrase })
  }
  yield mixed(seed++)
  yield* hashes(seed)
}

/** Byte for byte what section 14 of the description of the format shows. */
function workedExample(seed: number): DestinationVector {
  const volumeIds = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210']
  const destination = new Destination({ seed, volumeIds })
  destination.addVersion(workedTree())
  return destination.vector({
    id: 'worked-example',
    summary: 'the worked example of the description of the format, byte for byte',
    features: ['zip']
  })
}

function mixed(seed: number): DestinationVector {
  const destination = new Destination({ seed })
  const ways = [
    zipKind('zstd'),
    inAes(tarKind('tgz'), secret),
    inGpg(zipKind('deflate'), secret),
    inAes(zipKind('stored'), { ...secret, version: 3 })
  ]
  for (const [number, kind] of ways.entries())
    destination.addVersion([...workedTree(), file('/data/of this version', `version ${number}`)], { kind })
  return destination.vector(
    {
      id: 'mixed-modules',
      summary: 'every version in volumes of another kind: the kind is a fact of each volume',
      features: ['zip', 'tar', 'aes', 'openpgp']
    },
    { passphrase: PASSPHRASE }
  )
}

/** Hashes in a blocklist that is filled. */
const MOST_IN_LIST = 34

const PAIRS = [
  ['MD5', 'MD5', 1024],
  ['SHA1', 'SHA1', 1024],
  ['SHA384', 'SHA384', 1024],
  ['SHA512', 'SHA512', 1024],
  ['SHA512', 'SHA1', 1024],
  ['SHA1', 'SHA512', 1024],
  ['SHA256', 'MD5', 1024],
  ['SHA256', 'SHA256', 1100],
  ['SHA384', 'SHA256', 1025],
  ['SHA512', 'SHA512', 1030]
] as const

function* hashes(first: number): Generator<DestinationVector> {
  let seed = first
  for (const [blockHash, fileHash, blocksize] of PAIRS) {
    const settings: DestinationOptions['settings'] = { blocksize, blockHash, fileHash }
    const destination = new Destination({ seed: seed++, settings, kind: zipKind('deflate') })
    destination.addVersion([...workedTree(), ...filesAroundBlocks(settings)])
    const odd = blocksize === 1024 ? '' : `-${blocksize}`
    yield destination.vector({
      id: `hashes-${blockHash.toLowerCase()}-${fileHash.toLowerCase()}${odd}`,
      summary: `${blockHash} for blocks of ${blocksize} bytes and ${fileHash} for files: lengths around a block, and a blocklist where it is short`,
      features: ['hashes', ...(odd === '' ? [] : ['odd-block-size'])]
    })
  }
}

function filesAroundBlocks({ blocksize, blockHash, fileHash }: NonNullable<DestinationOptions['settings']>) {
  const width = { MD5: 16, SHA1: 20, SHA256: 32, SHA384: 48, SHA512: 64 }[blockHash]!
  const most = Math.floor(blocksize / width)
  const lengths = [0, 1, blocksize - 1, blocksize, blocksize + 1]
  // Small hashes make long lists, and long vectors.
  if (most <= MOST_IN_LIST && blockHash === fileHash) lengths.push(most * blocksize, most * blocksize + 1)
  const all = numbered(lengths.at(-1)!)
  return [
    folder('/data/lengths/'),
    ...lengths.map((length) => file(`/data/lengths/${length}`, all.subarray(0, length)))
  ]
}

export { OTHER_PASSPHRASE, PASSPHRASE }

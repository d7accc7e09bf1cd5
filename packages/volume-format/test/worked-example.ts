/** The worked example of the format (section 14): a small tree, its blocks and its three volumes. */
import { fromBase64, hashBytes } from '@tercet/crypto'
import type { DlistEntry, MetadataRecord, VolumeSettings } from '../src/index.ts'
import { encodeMetadata } from '../src/index.ts'
import { utf8 } from './entries.ts'

export const settings: VolumeSettings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA256' }
export const createdAt = new Date('2025-07-02T08:00:00Z')
export const appVersion = '2.3.0.109'
export const DBLOCK = 'duplicati-b0123456789abcdef0123456789abcdef.dblock.zip'
export const DINDEX = 'duplicati-ifedcba9876543210fedcba9876543210.dindex.zip'
export const DLIST = 'duplicati-20250702T080000Z.dlist.zip'

export const big = Uint8Array.from({ length: 2500 }, (_, i) => (7 * i + 3) % 251)
export const hello = utf8('Hello, interoperable world!\n')

const TICKS = '638869698451234567'

function metadata(perm: number, attributes: string, target?: string): Uint8Array {
  const record: MetadataRecord = new Map([
    ['unix:uid-gid-perm', `0-0-${perm}`],
    ['unix:owner-name', 'root'],
    ['unix:group-name', 'root'],
    ['CoreAttributes', attributes],
    ['CoreLastWritetime', TICKS],
    ['CoreCreatetime', TICKS]
  ])
  if (target !== undefined) record.set('CoreSymlinkTarget', target)
  return encodeMetadata(record)
}

export const folderMetadata = metadata(0o755, 'Directory')
export const linkMetadata = metadata(0o777, 'ReparsePoint', 'hello.txt')
export const fileMetadata = metadata(0o644, 'Normal')

const sha256 = (bytes: Uint8Array) => hashBytes('SHA256', bytes)
const bigBlocks = [big.subarray(0, 1024), big.subarray(1024, 2048), big.subarray(2048)]
export const blocklist: Uint8Array = new Uint8Array(Buffer.concat(bigBlocks.map(sha256)))

/** All blocks in the order of the dblock. */
export const blocks: readonly Uint8Array[] = [
  folderMetadata,
  linkMetadata,
  ...bigBlocks,
  blocklist,
  fileMetadata,
  hello
]

const time = Date.UTC(2025, 6, 1, 12, 30, 45) / 1000
const meta = (blob: Uint8Array) => ({
  metaHash: sha256(blob),
  metaSize: blob.length,
  metaBlockHash: sha256(blob)
})

export const entries: readonly DlistEntry[] = [
  { type: 'Folder', path: '/data/', ...meta(folderMetadata) },
  { type: 'Symlink', path: '/data/link', ...meta(linkMetadata) },
  {
    type: 'File',
    path: '/data/big.bin',
    hash: sha256(big),
    sizeBytes: 2500,
    time,
    ...meta(fileMetadata),
    blocklists: sha256(blocklist)
  },
  {
    type: 'File',
    path: '/data/empty.dat',
    hash: sha256(new Uint8Array(0)),
    sizeBytes: 0,
    time,
    ...meta(fileMetadata)
  },
  {
    type: 'File',
    path: '/data/hello.txt',
    hash: sha256(hello),
    sizeBytes: 28,
    time,
    ...meta(fileMetadata),
    blockHash: sha256(hello)
  }
]

export const volumes = {
  dblock: { sizeBytes: 4804, hash: fromBase64('zCMBTZJ1PaNIepCsEerkfLi9EYAqp2YytrJh+HvJRsI=') },
  dindex: { sizeBytes: 1348, hash: fromBase64('GZhTtDjHDpAeYJlBfTSHlIADGRKkwYynzox4EWS/AFQ=') },
  dlist: { sizeBytes: 1498, hash: fromBase64('+KlKhnle0wmrCKSyA1FzBtYlLgIhpcNUO1cPky68DyU=') }
}

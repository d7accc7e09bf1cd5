/** Archives, manifests, indexes and lists that no reader may take for whole. */
import { deflateSync } from 'fflate'
import type { VolumeVector } from '../src/format-vector.ts'
import { noise } from '../src/test-content.ts'
import type { VectorErrorWord } from '../src/vector-errors.ts'
import { base64, flipped, utf8 } from './bytes.ts'
import { type ManifestOptions, manifest, SETTINGS, sha256 } from './settings.ts'
import { BLOCK, DBLOCK, DINDEX, DLIST, FIRST, good, HELLO, vector } from './volumes.ts'
import { type ZipEntry, zip } from './zip.ts'
import { zstdBomb } from './zstd.ts'

const volume = (
  feature: string,
  name: string,
  id: string,
  summary: string,
  entries: readonly ZipEntry[],
  ...errors: VectorErrorWord[]
): VolumeVector => vector(`${feature}-${id}`, summary, [feature], name, zip(entries), errors)

function* archives(): Generator<VolumeVector> {
  const raw = (id: string, summary: string, bytes: Uint8Array, ...errors: VectorErrorWord[]) =>
    vector(`zip-${id}`, summary, ['zip'], DBLOCK, bytes, errors)
  const zipped = volume.bind(undefined, 'zip', DBLOCK)
  yield raw('empty', 'no byte at all', new Uint8Array(0), 'archive-invalid')
  yield raw('noise', 'bytes that mean nothing', noise(500, 1), 'archive-invalid')
  yield raw('cut', 'cut off within the first entry', good().subarray(0, 100), 'archive-invalid')
  yield raw('no-entries', 'an archive without entries', zip([]), 'archive-invalid', 'entry-missing')
  const content = { name: BLOCK, bytes: HELLO }
  yield zipped(
    'method',
    'an entry packed with a method that does not exist',
    [FIRST, { ...content, says: { method: 77 } }],
    'unsupported-method'
  )
  yield zipped(
    'says-longer',
    'an entry that is shorter than it says',
    [FIRST, { ...content, method: 'deflate', says: { sizeBytes: 100 } }],
    'entry-damaged',
    'block-damaged'
  )
  yield zipped(
    'says-shorter',
    'an entry that is longer than it says',
    [FIRST, { ...content, method: 'deflate', says: { sizeBytes: 5 } }],
    'entry-damaged',
    'block-damaged'
  )
  yield zipped(
    'not-packed',
    'an entry that cannot be unpacked',
    [FIRST, { ...content, method: 'deflate', packed: noise(28, 2) }],
    'entry-damaged',
    'block-damaged'
  )
  yield zipped(
    'not-zstd',
    'an entry that is no Zstandard frame',
    [FIRST, { ...content, method: 'zstd', packed: noise(28, 3) }],
    'entry-damaged',
    'block-damaged'
  )
  yield zipped(
    'block-altered',
    'a block with another content than its name says',
    [FIRST, { name: BLOCK, bytes: flipped(HELLO, 1) }],
    'block-damaged'
  )
  yield zipped(
    'block-long',
    'a block that is longer than the block size',
    [FIRST, longBlock()],
    'block-damaged',
    'over-limit',
    'entry-damaged'
  )
}

function longBlock(): ZipEntry {
  const bytes = new Uint8Array(5000)
  return { name: base64(sha256(bytes)).replaceAll('+', '-').replaceAll('/', '_'), bytes }
}

function* manifests(): Generator<VolumeVector> {
  const withText = (id: string, summary: string, bytes: Uint8Array, ...errors: VectorErrorWord[]) =>
    volume(
      'manifest',
      DBLOCK,
      id,
      summary,
      [
        { name: 'manifest', bytes },
        { name: BLOCK, bytes: HELLO }
      ],
      ...errors
    )
  const withFields = (id: string, summary: string, options: ManifestOptions, ...errors: VectorErrorWord[]) =>
    withText(id, summary, manifest(SETTINGS, options), ...errors)
  yield volume(
    'manifest',
    DBLOCK,
    'missing',
    'no manifest',
    [{ name: BLOCK, bytes: HELLO }, longBlock()],
    'entry-missing'
  )
  yield withText('empty', 'an empty manifest', new Uint8Array(0), 'manifest-invalid')
  yield withText('no-json', 'no JSON', utf8('{"Version":2'), 'manifest-invalid')
  yield withText('array', 'an array', utf8('[2]'), 'manifest-invalid')
  yield withText(
    'not-utf8',
    'bytes that are no UTF-8',
    Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d),
    'manifest-invalid'
  )
  yield withFields('version-3', 'a version that does not exist yet', { version: 3 }, 'unsupported-version')
  yield withFields(
    'encoding',
    'text in another encoding',
    { fields: { Encoding: 'utf-16' } },
    'manifest-invalid',
    'manifest-differs'
  )
  yield withFields(
    'hash-case',
    'a hash in small letters',
    { fields: { BlockHash: 'sha256' } },
    'manifest-differs',
    'manifest-invalid'
  )
  yield withFields(
    'hash-unknown',
    'a hash that is not known',
    { fields: { FileHash: 'CRC32' } },
    'manifest-differs',
    'manifest-invalid'
  )
  yield withFields(
    'hash-of-objects',
    'a name that every object has in some languages',
    { fields: { FileHash: '__proto__' } },
    'manifest-differs',
    'manifest-invalid'
  )
  for (const [id, value] of [
    ['zero', 0],
    ['negative', -1024],
    ['fraction', 1024.5],
    ['text', '1024'],
    ['huge', 1e300]
  ] as const)
    yield withFields(
      `blocksize-${id}`,
      'a block size that cannot be',
      { fields: { Blocksize: value } },
      'manifest-invalid',
      'manifest-differs',
      'over-limit'
    )
  const others = { ...SETTINGS, blocksize: 2048 }
  yield {
    ...withFields(
      'other-blocksize',
      'another block size than that of the destination',
      {},
      'manifest-differs'
    ),
    settings: others
  }
  yield {
    ...withFields('other-hash', 'another hash than that of the destination', {}, 'manifest-differs'),
    settings: { ...SETTINGS, fileHash: 'SHA512' }
  }
}

function* indexes(): Generator<VolumeVector> {
  const index = (id: string, summary: string, text: string) =>
    volume(
      'index',
      DINDEX,
      id,
      summary,
      [FIRST, { name: `vol/${DBLOCK}`, bytes: utf8(text) }],
      'index-invalid'
    )
  const hash = base64(sha256(HELLO))
  yield index('empty', 'an empty entry', '')
  yield index('cut', 'JSON that is cut off', `{"blocks":[{"hash":"${hash}"`)
  yield index('array', 'an array', '[]')
  yield index('hash-length', 'a hash that is too short', '{"blocks":[{"hash":"AAAA","size":28}]}')
  yield index('hash-text', 'a hash that is no Base64', `{"blocks":[{"hash":"${'!'.repeat(44)}","size":28}]}`)
  yield index('size-negative', 'a negative length', `{"blocks":[{"hash":"${hash}","size":-28}]}`)
  yield index('size-fraction', 'a length with a fraction', `{"blocks":[{"hash":"${hash}","size":2.5}]}`)
  yield index(
    'size-long',
    'a block that is longer than the block size',
    `{"blocks":[{"hash":"${hash}","size":99999}]}`
  )
  yield index(
    'volume-size',
    'a negative length of the volume',
    `{"blocks":[{"hash":"${hash}","size":28}],"volumehash":"${hash}","volumesize":-1}`
  )
}

function* lists(): Generator<VolumeVector> {
  const list = (id: string, summary: string, text: string, ...more: ZipEntry[]) =>
    volume(
      'list',
      DLIST,
      id,
      summary,
      [FIRST, ...more, { name: 'filelist.json', bytes: utf8(text) }],
      'list-invalid'
    )
  yield volume(
    'list',
    DLIST,
    'missing',
    'no list',
    [FIRST, { name: 'fileset', bytes: utf8('{"IsFullBackup":true}') }],
    'entry-missing'
  )
  yield list('empty', 'an empty list', '')
  yield list('object', 'an object', '{}')
  yield list('cut', 'JSON that is cut off', '[{"type":"Folder","path":"/a/"},')
  yield list('unended', 'a list without an end', '[{"type":"Folder","path":"/a/"}')
  yield list('more', 'something behind the list', '[]x')
  yield list('fileset', 'an entry "fileset" that is no JSON', '[]', { name: 'fileset', bytes: utf8('yes') })
}

function* bombs(): Generator<VolumeVector> {
  const packedZstd = (name: string, sizeBytes: number, window?: number): ZipEntry => ({
    name,
    bytes: new Uint8Array(0),
    method: 'zstd',
    packed: zstdBomb(sizeBytes, window),
    says: { sizeBytes, crc: 0 }
  })
  const spaces = (name: string, mebibytes: number): ZipEntry => {
    const bytes = new Uint8Array(mebibytes * 2 ** 20).fill(0x20)
    return { name, bytes, method: 'deflate', packed: deflateSync(bytes, { level: 9 }) }
  }
  const bomb = volume.bind(undefined, 'bomb')
  yield bomb(
    DBLOCK,
    'block',
    '300 MB from 9 KB',
    [FIRST, packedZstd(BLOCK, 300e6)],
    'over-limit',
    'entry-damaged',
    'block-damaged'
  )
  yield bomb(
    DBLOCK,
    'window',
    'a block that asks for a window of 2 GiB',
    [FIRST, packedZstd(BLOCK, 1024, 21 << 3)],
    'over-limit',
    'entry-damaged',
    'block-damaged'
  )
  yield bomb(
    DBLOCK,
    'blocksize',
    'a manifest with a block size of 2 GiB',
    [
      { name: 'manifest', bytes: manifest({ ...SETTINGS, blocksize: 2 ** 31 - 1 }) },
      packedZstd(BLOCK, 300e6)
    ],
    'over-limit'
  )
  yield bomb(
    DBLOCK,
    'manifest',
    'a manifest of 4 MiB of spaces',
    [spaces('manifest', 4), { name: BLOCK, bytes: HELLO }],
    'over-limit'
  )
  yield bomb(
    DINDEX,
    'index',
    'an index of 250 MB',
    [FIRST, packedZstd(`vol/${DBLOCK}`, 250e6)],
    'over-limit',
    'index-invalid'
  )
  yield bomb(
    DLIST,
    'list',
    'a list of 300 MB of spaces',
    [FIRST, packedZstd('filelist.json', 300e6)],
    'over-limit',
    'list-invalid'
  )
  yield bomb(
    DLIST,
    'depth',
    'a list of 100 000 arrays within one another',
    [FIRST, { name: 'filelist.json', bytes: utf8('['.repeat(100_000)), method: 'deflate' }],
    'over-limit',
    'list-invalid'
  )
}

export function* brokenArchives(): Generator<VolumeVector> {
  yield* archives()
  yield* manifests()
  yield* indexes()
  yield* lists()
  yield* bombs()
}

/** Volumes of at most 10 KiB that have to be unwrapped as a whole, and ask for as much memory as they can. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { encodeTarHeader, paddedBytes } from '../src/tar-format.ts'
import { type HostileVolume, hostileVolumes, manifest, zstdBomb } from './hostile-volumes.ts'
import { compressed, HOSTILE_PASSPHRASE, literal, openPgpMessage } from './raw-open-pgp.ts'

const ID = '0123456789abcdef0123456789abcdef'

const utf8 = (text: string) => new TextEncoder().encode(text)

function entry(name: string, content: Uint8Array, sizeBytes = content.length): Uint8Array {
  const padded = new Uint8Array(512 + paddedBytes(content.length))
  padded.set(encodeTarHeader(utf8(name), sizeBytes, 0))
  padded.set(content, 512)
  return padded
}

/** A tar with the directory at its end that volumes have. */
export function tarWith(entries: readonly Uint8Array[], directory: string): Uint8Array {
  const before = Buffer.concat(entries)
  const json = utf8(directory)
  const size = paddedBytes(json.length + 14)
  const content = new Uint8Array(size)
  content.set(json)
  const view = new DataView(content.buffer)
  view.setBigInt64(size - 14, BigInt(before.length), true)
  content.set(utf8('EOFHD1'), size - 6)
  return Buffer.concat([before, entry('.eof-header', content)])
}

/** A dblock in good order but for how long its entries are said to be. */
export function solidTar(blocks: number, sizeBytes = 512): Uint8Array {
  const name = (i: number) => `${String(i).padStart(43, 'A')}=`
  const content = new Uint8Array(Math.max(512, sizeBytes))
  const places = Array.from({ length: blocks }, (_, i) => `"${name(i)}":{"Offset":1536,"Size":${sizeBytes}}`)
  const known = `"manifest":{"Offset":512,"Size":${manifest().length}}`
  return tarWith([entry('manifest', manifest()), entry(name(0), content)], `{${[known, ...places]}}`)
}

/** Solid volumes of each kind, plain. */
export function* hostileTars(): Generator<HostileVolume> {
  const head = entry('manifest', manifest())
  const known = `"manifest":{"Offset":512,"Size":${manifest().length}}`
  const named = (type: string, kind: string) =>
    type === 'dlist'
      ? `duplicati-20250702T080000Z.dlist.${kind}`
      : `duplicati-${type[1]}${ID}.${type}.${kind}`
  const tars: [string, string, Uint8Array][] = [
    ['nothing but zeros', 'dblock', new Uint8Array(9e6)],
    ['an entry of 8 GiB', 'dblock', entry('manifest', manifest(), 8 * 1024 ** 3 - 1)],
    [
      'empty entries',
      'dblock',
      Buffer.concat([head, ...Array.from({ length: 4000 }, () => entry('a', new Uint8Array()))])
    ],
    [
      'entries that are all the same bytes',
      'dblock',
      tarWith(
        [head, new Uint8Array(1e6)],
        `{${known},${Array.from({ length: 3000 }, (_, i) => `"${i}":{"Offset":1024,"Size":999999}`)}}`
      )
    ],
    [
      'a directory of many entries',
      'dblock',
      tarWith([head], `{${known},${'"a":{"Offset":0,"Size":0},'.repeat(140_000)}"b":{"Offset":0,"Size":0}}`)
    ],
    ['a directory of spaces', 'dblock', tarWith([head], `{${known}${' '.repeat(8e6)}}`)],
    [
      'a directory of names',
      'dblock',
      tarWith([head], `{${known},"${'a'.repeat(8e6)}":{"Offset":0,"Size":0}}`)
    ],
    ['a deep directory', 'dblock', tarWith([head], `{${known},"a":${'['.repeat(8e6)}`)],
    [
      'an index of spaces',
      'dindex',
      tarWith([head, entry(`vol/duplicati-b${ID}.dblock.zip`, new Uint8Array(8e6).fill(32))], `{${known}}`)
    ],
    [
      'a file list of empty objects',
      'dlist',
      Buffer.concat([head, entry('filelist.json', utf8(`[${'{},'.repeat(2.5e6)}{}]`))])
    ]
  ]
  for (const [what, type, tar] of tars) {
    yield { what: `tgz: ${what}`, name: named(type, 'tgz'), bytes: gzipSync(tar, { level: 9 }) }
    yield { what: `tzstd: ${what}`, name: named(type, 'tzstd'), bytes: zstdCompressSync(tar) }
  }
  yield { what: 'tgz of nothing', name: named('dblock', 'tgz'), bytes: gzipSync('') }
  for (const window of [17 << 3, 21 << 3])
    yield {
      what: `tzstd of 300 MB, window ${window}`,
      name: named('dblock', 'tzstd'),
      bytes: zstdBomb(300e6, window)
    }
}

/** The same and others in OpenPGP. */
export function* hostileMessages(): Generator<HostileVolume> {
  const dblock = `duplicati-b${ID}.dblock.zip.gpg`
  const seal = (
    what: string,
    packets: Uint8Array,
    counts?: readonly number[],
    name = dblock
  ): HostileVolume => ({
    what: `OpenPGP: ${what}`,
    name,
    bytes: openPgpMessage(packets, HOSTILE_PASSPHRASE, counts)
  })
  yield seal('zeros, compressed', compressed(literal(new Uint8Array(9e6))))
  yield seal('compressed twice', compressed(compressed(literal(new Uint8Array(3e7)))))
  yield seal(
    'compressed thirty times',
    Array.from({ length: 30 }).reduce<Buffer>(compressed, literal(new Uint8Array(1e6)))
  )
  yield seal('the dearest derivation of a key', literal(utf8('no archive')), [255])
  yield seal('eight keys', literal(utf8('no archive')), Array(8).fill(255))
  yield seal('many keys', literal(utf8('no archive')), Array(400).fill(255))
  yield seal('literal in literal', literal(literal(literal(new Uint8Array(2000)))))
  yield seal('no packets', new Uint8Array(0))
  const tgz = [...hostileTars()].find(({ what }) => what.includes('many entries'))!
  yield seal(tgz.what, literal(tgz.bytes), undefined, `${tgz.name}.gpg`)
  const zip = [...hostileVolumes()].find(({ what }) => what.includes('300 MB'))!
  yield seal(zip.what, literal(zip.bytes), undefined, `${zip.name}.gpg`)
}

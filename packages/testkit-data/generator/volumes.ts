/** Single volumes that no reader may take for whole. */
import type { VolumeVector } from '../src/format-vector.ts'
import { noise } from '../src/test-content.ts'
import type { VectorErrorWord } from '../src/vector-errors.ts'
import { aesCrypt, extension } from './aes-crypt.ts'
import { base64, base64Name, flipped, hex, joined, utf8 } from './bytes.ts'
import { openPgp, PUBLIC_SESSION_KEY, packet } from './open-pgp.ts'
import { manifest, SETTINGS, sha256 } from './settings.ts'
import { tgz } from './tar.ts'
import { type ZipEntry, zip } from './zip.ts'

const PASSPHRASE = 'correct horse battery staple'
const ID = '0123456789abcdef0123456789abcdef'
const DBLOCK = `duplicati-b${ID}.dblock.zip`
const DINDEX = `duplicati-i${ID}.dindex.zip`
const DLIST = 'duplicati-20250702T080000Z.dlist.zip'
const HELLO = utf8('Hello, interoperable world!\n')
const BLOCK = base64Name(sha256(HELLO))

type Extra = Partial<Pick<VolumeVector, 'passphrase' | 'settings' | 'recorded'>>

function vector(
  id: string,
  summary: string,
  features: readonly string[],
  name: string,
  bytes: Uint8Array,
  errors: readonly VectorErrorWord[],
  extra: Extra = {}
): VolumeVector {
  return { kind: 'volume', id, summary, features, ...extra, file: { name, base64: base64(bytes) }, errors }
}

const FIRST: ZipEntry = { name: 'manifest', bytes: manifest(SETTINGS) }
const good = (): Uint8Array => zip([FIRST, { name: BLOCK, bytes: HELLO }])

function* encrypted(): Generator<VolumeVector> {
  const plain = good()
  const secret = { passphrase: PASSPHRASE }
  const whole = aesCrypt(plain, { ...secret, seed: 1 })
  const third = aesCrypt(plain, { ...secret, seed: 2, version: 3 })
  const aes = (id: string, summary: string, bytes: Uint8Array, ...errors: VectorErrorWord[]) =>
    vector(`aes-${id}`, summary, ['aes'], `${DBLOCK}.aes`, bytes, errors, secret)
  const put = (bytes: Uint8Array, at: number, ...values: number[]) => {
    const copy = bytes.slice()
    copy.set(values, at)
    return copy
  }
  yield aes('empty', 'no byte at all', new Uint8Array(0), 'truncated', 'not-encrypted')
  yield aes('magic', 'another beginning', put(whole, 0, 0x41, 0x45, 0x54), 'not-encrypted')
  yield aes('plain', 'an archive that is not encrypted', plain, 'not-encrypted')
  yield aes('version-4', 'a version that does not exist', put(whole, 3, 4), 'unsupported-version')
  yield aes('reserved', 'the reserved octet is not zero', put(whole, 4, 1), 'corrupt')
  yield aes('cut-in-header', 'cut off within the header', whole.subarray(0, 60), 'truncated')
  yield aes(
    'cut-in-content',
    'cut off within the content',
    whole.subarray(0, whole.length - 100),
    'truncated',
    'corrupt'
  )
  yield aes(
    'cut-block',
    'a block of ciphertext is missing at the end',
    whole.subarray(0, whole.length - 16),
    'truncated',
    'corrupt'
  )
  yield aes(
    'cut-byte',
    'the last byte is missing',
    whole.subarray(0, whole.length - 1),
    'truncated',
    'corrupt'
  )
  yield aes('longer', 'a byte too many', joined(whole, Uint8Array.of(0)), 'truncated', 'corrupt')
  yield aes('longer-block', '16 bytes too many', joined(whole, new Uint8Array(16)), 'truncated', 'corrupt')
  yield aes('public-iv', 'a bit of the public IV differs', flipped(whole, 8), 'wrong-passphrase', 'corrupt')
  yield aes(
    'session',
    'a bit of the encrypted session key differs',
    flipped(whole, 40),
    'wrong-passphrase',
    'corrupt'
  )
  yield aes(
    'first-mac',
    'a bit of the MAC of the session key differs',
    flipped(whole, 80),
    'wrong-passphrase',
    'corrupt'
  )
  yield aes('content', 'a bit of the content differs', flipped(whole, 200), 'corrupt')
  yield aes('second-mac', 'a bit of the MAC of the content differs', flipped(whole, -1), 'corrupt')
  yield aes('swapped', 'two blocks of ciphertext change places', swapped(whole, 135), 'corrupt')
  yield aes(
    'modulo',
    'the octet with the length is 16',
    aesCrypt(plain, { ...secret, seed: 3, modulo: 16 }),
    'corrupt'
  )
  yield aes(
    'extension-unended',
    'an extension without an end of its name',
    withExtension(Uint8Array.of(0, 3, 97, 98, 99)),
    'corrupt'
  )
  yield aes(
    'extension-too-long',
    'an extension that is longer than the file',
    withExtension(Uint8Array.of(255, 255, 97, 0)),
    'truncated',
    'corrupt'
  )
  yield aes(
    'extensions-unended',
    'extensions that go on to the end of the file',
    withExtension(joined(...Array(30).fill(extension('a', 'b'.repeat(100)))), false),
    'truncated',
    'corrupt'
  )
  yield aes(
    '3-iterations-0',
    'version 3 with 0 iterations',
    put(third, 7, 0, 0, 0, 0),
    'corrupt',
    'over-limit'
  )
  yield aes(
    '3-iterations-many',
    'version 3 with 5 000 001 iterations',
    put(third, 7, 0, 0x4c, 0x4b, 0x41),
    'corrupt',
    'over-limit'
  )
  yield aes(
    '3-iterations-most',
    'version 3 with 4 294 967 295 iterations',
    put(third, 7, 255, 255, 255, 255),
    'corrupt',
    'over-limit'
  )
  yield aes('3-mac', 'version 3, a bit of the MAC of the content differs', flipped(third, -1), 'corrupt')
  const pad = (length: number, ...end: number[]) =>
    joined(new Uint8Array(length - end.length), Uint8Array.from(end))
  const rest = 16 - (plain.length % 16)
  for (const [id, padding] of [
    ['zero', pad(rest, 0)],
    ['17', pad(rest, 17)],
    ['unlike', pad(rest, 1, 2)]
  ] as const) {
    const bytes = aesCrypt(plain, { ...secret, seed: 4, version: 3, padding })
    yield aes(
      `3-padding-${id}`,
      'version 3 with padding that is none of PKCS#7, under a right MAC',
      bytes,
      'corrupt'
    )
  }

  function withExtension(raw: Uint8Array, isEnded = true): Uint8Array {
    const rest = whole.subarray(5)
    return joined(whole.subarray(0, 5), raw, isEnded ? rest : new Uint8Array(0))
  }
}

function swapped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice()
  copy.set(bytes.subarray(at + 16, at + 32), at)
  copy.set(bytes.subarray(at, at + 16), at + 16)
  return copy
}

function* messages(): Generator<VolumeVector> {
  const plain = good()
  const secret = { passphrase: PASSPHRASE }
  const whole = openPgp(plain, { ...secret, seed: 5 })
  const gpg = (id: string, summary: string, bytes: Uint8Array, ...errors: VectorErrorWord[]) =>
    vector(`openpgp-${id}`, summary, ['openpgp'], `${DBLOCK}.gpg`, bytes, errors, secret)
  yield gpg('empty', 'no byte at all', new Uint8Array(0), 'truncated', 'not-encrypted')
  yield gpg('plain', 'an archive that is not encrypted', plain, 'not-encrypted')
  yield gpg(
    'noise',
    'bytes that mean nothing',
    noise(400, 9),
    'not-encrypted',
    'truncated',
    'corrupt',
    'no-key'
  )
  yield gpg(
    'cut',
    'cut off within the content',
    whole.subarray(0, whole.length - 100),
    'truncated',
    'corrupt',
    'wrong-passphrase'
  )
  yield gpg(
    'cut-byte',
    'the last byte is missing',
    whole.subarray(0, whole.length - 1),
    'truncated',
    'corrupt',
    'wrong-passphrase'
  )
  yield gpg('content', 'a bit of the content differs', flipped(whole, 300), 'corrupt', 'wrong-passphrase')
  yield gpg(
    'code',
    'the integrity code is another one',
    openPgp(plain, { ...secret, seed: 6, wrongCode: true }),
    'corrupt',
    'wrong-passphrase'
  )
  const forKey = joined(
    packet(
      PUBLIC_SESSION_KEY,
      joined(Uint8Array.of(3), noise(8, 1), Uint8Array.of(1), Uint8Array.of(0, 16, 255, 255))
    ),
    whole.subarray(15)
  )
  yield gpg(
    'no-code',
    'without an integrity code; everything else is right',
    openPgp(plain, { ...secret, seed: 7, noCode: true }),
    'unauthenticated',
    'corrupt'
  )
  yield gpg('for-a-key', 'a message for a key', forKey, 'no-key')
}

export function* volumes(): Generator<VolumeVector> {
  yield* encrypted()
  yield* messages()
  yield* recorded()
}

function* recorded(): Generator<VolumeVector> {
  const plain = good()
  const record = { size: plain.length, sha256: hex(sha256(plain)) }
  const make = (id: string, summary: string, bytes: Uint8Array, ...errors: VectorErrorWord[]) =>
    vector(`recorded-${id}`, summary, ['recorded'], DBLOCK, bytes, errors, {
      recorded: record,
      settings: SETTINGS
    })
  yield make(
    'size',
    'a byte more than is recorded',
    joined(plain, Uint8Array.of(0)),
    'size-differs',
    'hash-differs'
  )
  yield make('hash', 'another content than is recorded', flipped(plain, 20), 'hash-differs')
  yield make(
    'tar',
    'an archive of another kind than is recorded',
    tgz([FIRST]),
    'size-differs',
    'hash-differs'
  )
}

export { BLOCK, DBLOCK, DINDEX, DLIST, FIRST, good, HELLO, vector }

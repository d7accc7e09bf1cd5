/** OpenPGP messages packet by packet (RFC 4880), also such as no program would write. */
import { createCipheriv, createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'

export const HOSTILE_PASSPHRASE = 'abc'
const SALT = Buffer.from('saltsalt')
const AES_256 = 9
const SHA_1 = 2

/** A packet of the new format with the four-octet length. */
function packet(tag: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(6)
  head[0] = 0xc0 | tag
  head[1] = 255
  head.writeUInt32BE(body.length, 2)
  return Buffer.concat([head, body])
}

export function literal(content: Uint8Array): Buffer {
  return packet(11, Buffer.concat([Buffer.from('b\0\0\0\0\0'), content]))
}

export function compressed(packets: Uint8Array): Buffer {
  return packet(8, Buffer.concat([Buffer.of(1), deflateRawSync(packets, { level: 9 })]))
}

/** Asks that `count` bytes be hashed for the key (section 3.7.1.3: 16 + low nibble, shifted by the high one). */
function sessionKeyPacket(count: number): Buffer {
  return packet(3, Buffer.concat([Buffer.of(4, AES_256, 3, SHA_1), SALT, Buffer.of(count)]))
}

function keyOf(passphrase: string, count: number): Buffer {
  const bytes = (16 + (count & 15)) << ((count >> 4) + 6)
  const piece = Buffer.concat([SALT, Buffer.from(passphrase)])
  const all = Buffer.alloc(Math.max(bytes, piece.length), piece)
  const half = (zeros: number) => createHash('sha1').update(Buffer.alloc(zeros)).update(all).digest()
  return Buffer.concat([half(0), half(1)]).subarray(0, 32)
}

/**
 * A message under a passphrase with an integrity code.
 *
 * @param counts of session keys, of which the last one is right
 */
export function openPgpMessage(
  packets: Uint8Array,
  passphrase: string,
  counts: readonly number[] = [96]
): Uint8Array {
  const prefix = Buffer.from('0123456789abcdefef')
  const covered = Buffer.concat([prefix, packets, Buffer.of(0xd3, 0x14)])
  const plain = Buffer.concat([covered, createHash('sha1').update(covered).digest()])
  const cipher = createCipheriv('aes-256-cfb', keyOf(passphrase, counts.at(-1)!), Buffer.alloc(16))
  const sealed = packet(18, Buffer.concat([Buffer.of(1), cipher.update(plain), cipher.final()]))
  return new Uint8Array(Buffer.concat([...counts.map(sessionKeyPacket), sealed]))
}

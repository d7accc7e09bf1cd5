/** OpenPGP messages under a passphrase (RFC 4880) as `gpg --symmetric` makes them. */
import { createCipheriv, createHash } from 'node:crypto'
import { zlibSync } from 'fflate'
import { noise } from '../src/test-content.ts'
import { base64, joined, utf8 } from './bytes.ts'

export interface OpenPgpOptions {
  readonly passphrase: string
  readonly seed: number
  readonly armor?: boolean | undefined
  /** The program compresses unless it is told not to. */
  readonly compressed?: boolean | undefined
  /** Lengths in parts, as who does not know the length beforehand has to write. */
  readonly partial?: boolean | undefined
  /** The integrity code is wrong though everything else is right. */
  readonly wrongCode?: boolean | undefined
  /** No integrity code at all, as programs wrote before 2003. */
  readonly noCode?: boolean | undefined
}

const LITERAL = 11
const COMPRESSED = 8
const SESSION_KEY = 3
export const PUBLIC_SESSION_KEY = 1
const BARE_DATA = 9
const PROTECTED_DATA = 18
const AES256 = 9
const SHA256 = 8
const COUNT = 96
const PART_BITS = 9

export function openPgp(plain: Uint8Array, options: OpenPgpOptions): Uint8Array {
  const salt = noise(8, options.seed)
  const literal = packet(LITERAL, joined(utf8('b'), Uint8Array.of(0), new Uint8Array(4), plain))
  const message = options.compressed
    ? packet(COMPRESSED, joined(Uint8Array.of(2), zlibSync(literal, { level: 6 })))
    : literal
  const prefix = noise(16, options.seed + 1)
  const secret = keyOf(options.passphrase, salt)
  const key = packet(SESSION_KEY, joined(Uint8Array.of(4, AES256, 3, SHA256), salt, Uint8Array.of(COUNT)))
  if (options.noCode) return joined(key, packet(BARE_DATA, resynchronised(secret, prefix, message)))
  const covered = joined(prefix, prefix.subarray(14), message, Uint8Array.of(0xd3, 0x14))
  const code = new Uint8Array(createHash('sha1').update(covered).digest())
  if (options.wrongCode) code[0] = code[0]! ^ 1
  const cipher = createCipheriv('aes-256-cfb', secret, new Uint8Array(16))
  const data = joined(Uint8Array.of(1), new Uint8Array(cipher.update(joined(covered, code))))
  const binary = joined(
    key,
    options.partial ? partialPacket(PROTECTED_DATA, data) : packet(PROTECTED_DATA, data)
  )
  return options.armor ? armored(binary) : binary
}

/** The feedback begins anew after the random prefix (RFC 4880, section 13.9). */
function resynchronised(key: Uint8Array, prefix: Uint8Array, message: Uint8Array): Uint8Array {
  const first = createCipheriv('aes-256-cfb', key, new Uint8Array(16))
  const start = new Uint8Array(first.update(joined(prefix, prefix.subarray(14))))
  return joined(start, new Uint8Array(createCipheriv('aes-256-cfb', key, start.subarray(2)).update(message)))
}

export function packet(tag: number, body: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(0xc0 | tag), lengthOf(body.length), body)
}

function partialPacket(tag: number, body: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0xc0 | tag)]
  const size = 2 ** PART_BITS
  let at = 0
  for (; body.length - at > size; at += size)
    parts.push(Uint8Array.of(0xe0 | PART_BITS), body.subarray(at, at + size))
  return joined(...parts, lengthOf(body.length - at), body.subarray(at))
}

function lengthOf(length: number): Uint8Array {
  if (length < 192) return Uint8Array.of(length)
  if (length < 8384) return Uint8Array.of(((length - 192) >> 8) + 192, (length - 192) & 255)
  return Uint8Array.of(255, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255)
}

/** Iterated and salted: salt and passphrase are hashed over and over, up to a number of octets. */
function keyOf(passphrase: string, salt: Uint8Array): Uint8Array {
  const once = joined(salt, utf8(passphrase))
  const octets = (16 + (COUNT & 15)) << ((COUNT >> 4) + 6)
  const hash = createHash('sha256')
  for (let done = 0; done < octets; done += once.length) hash.update(once.subarray(0, octets - done))
  return new Uint8Array(hash.digest())
}

function armored(binary: Uint8Array): Uint8Array {
  let crc = 0xb704ce
  for (const byte of binary) {
    crc ^= byte << 16
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x800000 ? ((crc << 1) ^ 0x1864cfb) & 0xffffff : crc << 1
  }
  const lines = base64(binary).match(/.{1,64}/g) ?? []
  const check = base64(Uint8Array.of(crc >> 16, (crc >> 8) & 255, crc & 255))
  return utf8(`-----BEGIN PGP MESSAGE-----\n\n${lines.join('\n')}\n=${check}\n-----END PGP MESSAGE-----\n`)
}

import {
  AEADEncryptedDataPacket,
  type AnyPacket,
  type DecryptedSessionKey,
  decryptSessionKeys,
  type SessionKey,
  SymEncryptedIntegrityProtectedDataPacket
} from 'openpgp'
import { CryptoError } from './crypto-error.ts'
import type { OpenPgpMessage } from './open-pgp-message.ts'
import { chunksOf, prepended, streamOf } from './open-pgp-streams.ts'

/** What the library decrypts a message with. */
export type PossibleKeys = { readonly passwords: string } | { readonly sessionKeys: SessionKey[] }

/** Encrypted content, as the library holds it. */
interface EncryptedData {
  readonly version?: number
  encrypted: ReadableStream<Uint8Array>
}

/** A block of AES, and the two octets after it that repeat its end. */
const BLOCK_BYTES = 16
const PREFIX_BYTES = BLOCK_BYTES + 2

/**
 * The keys that may be those of the content. Where a message holds no key of its own, each passphrase gives one; the
 * library would take what comes out under a wrong one for packets, and wait for the rest of them. So the octets that are
 * there twice at the beginning (RFC 4880, section 5.13) are compared first, where the cipher is AES, which every platform has.
 *
 * @throws CryptoError `CRYPTO_WRONG_PASSPHRASE`; an error of the library when the passphrase opens no key
 */
export async function possibleKeys(message: OpenPgpMessage, passphrase: string): Promise<PossibleKeys> {
  const data = message.packets.find(isEncryptedData) as unknown as EncryptedData | undefined
  // Later versions authenticate each chunk before they give it out.
  if (data?.version !== 1 || !(data.encrypted instanceof ReadableStream)) return { passwords: passphrase }
  const found = await decryptSessionKeys({ message, passwords: passphrase })
  const prefix = await takePrefix(data)
  const mayBe = await Promise.all(found.map((key) => repeats(prefix, key)))
  const sessionKeys = found.filter((_, i) => mayBe[i]) as SessionKey[]
  if (sessionKeys.length > 0) return { sessionKeys }
  throw new CryptoError('CRYPTO_WRONG_PASSPHRASE', 'The passphrase does not open this file')
}

function isEncryptedData(packet: AnyPacket): boolean {
  return (
    packet instanceof SymEncryptedIntegrityProtectedDataPacket || packet instanceof AEADEncryptedDataPacket
  )
}

/** The first octets, which stay in the content. */
async function takePrefix(data: EncryptedData): Promise<Uint8Array> {
  const chunks = chunksOf(data.encrypted)
  let taken: Uint8Array = new Uint8Array()
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    taken = taken.length === 0 ? next.value : joined(taken, next.value)
    if (taken.length >= PREFIX_BYTES) break
  }
  data.encrypted = streamOf(prepended(taken, chunks))
  return taken.subarray(0, PREFIX_BYTES)
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}

/** Whether the octets are twice the same under `key`; true where that cannot be told. */
async function repeats(prefix: Uint8Array, { algorithm, data }: DecryptedSessionKey): Promise<boolean> {
  if (prefix.length < PREFIX_BYTES || !/^aes/.test(algorithm ?? '')) return true
  const { subtle } = globalThis.crypto
  const key = await subtle
    .importKey('raw', data as Uint8Array<ArrayBuffer>, 'AES-CBC', false, ['encrypt'])
    .catch(() => undefined)
  if (key === undefined) return true // no browser of Chromium's kind has keys of 192 bits
  const block = async (bytes: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await subtle.encrypt({ name: 'AES-CBC', iv: new Uint8Array(BLOCK_BYTES) }, key, bytes))
  // Cipher feedback: what a block of the content is combined with is the block before it, encrypted; the first one has zeros before it.
  const first = await block(new Uint8Array(BLOCK_BYTES))
  const second = await block(prefix.slice(0, BLOCK_BYTES) as Uint8Array<ArrayBuffer>)
  return [0, 1].every((i) => {
    const end = BLOCK_BYTES - 2 + i
    return (prefix[end]! ^ first[end]!) === (prefix[BLOCK_BYTES + i]! ^ second[i]!)
  })
}

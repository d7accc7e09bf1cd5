import {
  type AnyPacket,
  enums,
  type Message,
  readMessage,
  SymEncryptedSessionKeyPacket,
  SymmetricallyEncryptedDataPacket
} from 'openpgp'
import { CryptoError } from './crypto-error.ts'
import { type CreateHasher, deriveInSteps, type StringToKey } from './open-pgp-derivation.ts'
import { prepended, streamOf, textStreamOf, truncated, unlessStalled } from './open-pgp-streams.ts'
import type { StallGuard } from './stall-guard.ts'

/** A message under more passphrases than this is a way to keep its reader busy. */
const MAX_SESSION_KEYS = 8

export type OpenPgpMessage = Message<ReadableStream<Uint8Array>>

/**
 * The packets of a message for passphrases, read as far as they are asked for; its keys are derived in small steps.
 *
 * @throws CryptoError `CRYPTO_NOT_OPENPGP`, `CRYPTO_NO_KEY`, `CRYPTO_UNAUTHENTICATED`, `CRYPTO_UNSUPPORTED_CIPHER`,
 * `CRYPTO_TOO_LARGE`, `CRYPTO_TRUNCATED`
 */
export async function readPassphraseMessage(
  input: AsyncIterable<Uint8Array>,
  guard: StallGuard,
  createHasher: CreateHasher
): Promise<OpenPgpMessage> {
  const message = await readAnyMessage(input, guard)
  const sessions = sessionKeysOf(message)
  assertReadable(message, sessions)
  boundDerivation(sessions, createHasher)
  return message
}

async function readAnyMessage(input: AsyncIterable<Uint8Array>, guard: StallGuard): Promise<OpenPgpMessage> {
  const chunks = input[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done === true) throw truncated()
  const rest = prepended(first.value, chunks)
  try {
    if (first.value[0] === 0x2d) {
      const text = textStreamOf(rest)
      const message = readMessage({ armoredMessage: text as never })
      return (await unlessStalled(message, guard)) as unknown as OpenPgpMessage
    }
    return (await unlessStalled(readMessage({ binaryMessage: streamOf(rest) }), guard)) as OpenPgpMessage
  } catch (error) {
    if (error instanceof CryptoError) throw error
    throw new CryptoError('CRYPTO_NOT_OPENPGP', 'The file is no OpenPGP message', { cause: error })
  }
}

interface SessionKey {
  readonly s2k?: StringToKey | null
  readonly sessionKeyAlgorithm: number | null
}

function sessionKeysOf(message: OpenPgpMessage): readonly SessionKey[] {
  const isForPassphrase = (packet: AnyPacket) => packet instanceof SymEncryptedSessionKeyPacket
  return message.packets.filter(isForPassphrase) as unknown as readonly SessionKey[]
}

/** What the library would report as if the passphrase were wrong. */
function assertReadable(message: OpenPgpMessage, sessions: readonly SessionKey[]): void {
  if (sessions.length === 0) {
    throw new CryptoError(
      'CRYPTO_NO_KEY',
      'The OpenPGP message is not encrypted with a passphrase: it takes a private key, and the gpg program to use it'
    )
  }
  if (message.packets.some((packet) => packet instanceof SymmetricallyEncryptedDataPacket)) {
    throw new CryptoError(
      'CRYPTO_UNAUTHENTICATED',
      'The OpenPGP message has no integrity code, as GnuPG wrote them before 2003 or when told so: nothing shows whether it was altered. The gpg program can decrypt it with --ignore-mdc-error'
    )
  }
  // The library names IDEA, and cannot do it.
  const ciphers = Object.values(enums.symmetric).filter(
    (cipher) => cipher !== enums.symmetric.idea
  ) as unknown[]
  const unknown = sessions.find(
    ({ sessionKeyAlgorithm }) => sessionKeyAlgorithm !== null && !ciphers.includes(sessionKeyAlgorithm)
  )
  if (unknown !== undefined) {
    throw new CryptoError(
      'CRYPTO_UNSUPPORTED_CIPHER',
      `The OpenPGP message is encrypted with cipher ${unknown.sessionKeyAlgorithm}, which is not known here; the gpg program may know it`,
      { context: { cipher: unknown.sessionKeyAlgorithm! } }
    )
  }
}

/** Whatever the message wants derived must be as cheap as what `gpg` writes: a few iterated hashes, nothing that takes memory. */
function boundDerivation(sessions: readonly SessionKey[], createHasher: CreateHasher): void {
  if (sessions.length > MAX_SESSION_KEYS || sessions.some(({ s2k }) => s2k?.type === 'argon2')) {
    throw new CryptoError(
      'CRYPTO_TOO_LARGE',
      'The OpenPGP message asks for a derivation of its key that takes too much memory or time'
    )
  }
  for (const { s2k } of sessions) if (s2k) deriveInSteps(s2k, createHasher)
}

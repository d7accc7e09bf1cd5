/**
 * OpenPGP messages under a passphrase (RFC 4880), as `gpg --symmetric` reads and writes them. An entry of its own, because
 * the library behind it is large: whoever opens no such message does not load it.
 */
import { assertKnownKeys, revealSecret, type Secret } from '@tercet/interface'
import {
  type AnyPacket,
  createMessage,
  decrypt,
  encrypt,
  enums,
  type Message,
  readMessage,
  SymEncryptedSessionKeyPacket,
  SymmetricallyEncryptedDataPacket
} from 'openpgp'
import type { ByteChunks } from './aes-crypt-streams.ts'
import { CryptoError } from './crypto-error.ts'
import type { HashAlgorithm } from './hash-algorithm.ts'
import { type CreateHasher, deriveInSteps, type StringToKey } from './open-pgp-derivation.ts'
import type { Hasher } from './primitives.ts'
import { StallGuard } from './stall-guard.ts'

export interface OpenPgpOptions {
  readonly passphrase: Secret | string
}

export interface DecryptOpenPgpOptions extends OpenPgpOptions {
  /** Hashes of this platform, for the derivation of the key. @defaultValue plain JavaScript, some times slower */
  readonly createHasher?: ((algorithm: HashAlgorithm) => Hasher) | undefined
}

export interface EncryptOpenPgpOptions extends OpenPgpOptions {
  /** Text instead of bytes, a third longer. @defaultValue false */
  readonly armor?: boolean | undefined
}

/** A message under more passphrases than this is a way to keep its reader busy. */
const MAX_SESSION_KEYS = 8
/** The library makes packets of what it gets, at a price for each. */
const PIECE_BYTES = 1024 * 1024
const KEYS = ['passphrase']

/**
 * Encrypts a stream with AES-256 and the integrity code that every version of GnuPG checks, in memory bounded by a few
 * chunks. It is not compressed, because volumes are.
 *
 * @throws CryptoError `CRYPTO_NO_PASSPHRASE`
 */
export async function* encryptOpenPgp(
  input: ByteChunks,
  options: EncryptOpenPgpOptions
): AsyncGenerator<Uint8Array, void, undefined> {
  assertKnownKeys(options, [...KEYS, 'armor'], 'encryptOpenPgp')
  const passwords = passphraseOf(options)
  const message = await createMessage({ binary: streamOf(inPieces(input)), format: 'binary' })
  const config = {
    aeadProtect: false,
    preferredSymmetricAlgorithm: enums.symmetric.aes256,
    preferredCompressionAlgorithm: enums.compression.uncompressed
  }
  if (options.armor !== true) {
    yield* chunksOf(await encrypt({ message, passwords, format: 'binary', config }))
    return
  }
  const text = new TextEncoder()
  for await (const part of chunksOf(await encrypt({ message, passwords, format: 'armored', config })))
    yield text.encode(part)
}

/**
 * Decrypts a stream, binary or armoured, in memory bounded by a few chunks. The iteration ends without an error only
 * after the whole message was verified; what was yielded before is not authenticated, so keep it apart until then.
 *
 * @throws CryptoError `CRYPTO_WRONG_PASSPHRASE`, `CRYPTO_NO_KEY`, `CRYPTO_CORRUPT`, `CRYPTO_TRUNCATED`,
 * `CRYPTO_NOT_OPENPGP`, `CRYPTO_NO_PASSPHRASE`, `CRYPTO_UNSUPPORTED_CIPHER`, `CRYPTO_UNAUTHENTICATED`, `CRYPTO_TOO_LARGE`
 */
export async function* decryptOpenPgp(
  input: ByteChunks,
  options: DecryptOpenPgpOptions
): AsyncGenerator<Uint8Array, void, undefined> {
  assertKnownKeys(options, [...KEYS, 'createHasher'], 'decryptOpenPgp')
  const passwords = passphraseOf(options)
  using guard = new StallGuard()
  const message = await readAnyMessage(guarded(inPieces(input), guard), guard)
  const sessions = sessionKeysOf(message)
  assertReadable(message, sessions)
  boundDerivation(sessions, options.createHasher)
  let seen = false
  try {
    // An unauthenticated stream, or all of it would be held until its end.
    const config = { allowUnauthenticatedStream: true }
    const { data } = await unlessStalled(decrypt({ message, passwords, format: 'binary', config }), guard)
    for await (const chunk of chunksOf(data, guard)) {
      if (chunk.length === 0) continue
      seen = true
      yield chunk
    }
  } catch (error) {
    throw decryptionError(error, seen)
  }
}

function passphraseOf({ passphrase }: OpenPgpOptions): string {
  const text = revealSecret(passphrase)
  if (text === '') throw new CryptoError('CRYPTO_NO_PASSPHRASE', 'The passphrase is empty')
  return text
}

type AnyMessage = Message<ReadableStream<Uint8Array>>

async function* guarded(input: ByteChunks, guard: StallGuard): AsyncGenerator<Uint8Array, void, undefined> {
  yield* input
  guard.inputEnded()
}

/** The result of `work`, unless it never comes: for some damaged messages the library waits for ever for what they lack. */
async function unlessStalled<T>(work: Promise<T>, guard: StallGuard): Promise<T> {
  try {
    return await new Promise((resolve, reject) => {
      guard.wait(() => reject(truncated()))
      work.then(resolve, reject)
    })
  } finally {
    guard.rest()
  }
}

async function readAnyMessage(input: ByteChunks, guard: StallGuard): Promise<AnyMessage> {
  const chunks = (Symbol.asyncIterator in input ? input : asyncOf(input))[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done === true) throw truncated()
  const rest = prepended(first.value, chunks)
  try {
    if (first.value[0] === 0x2d) {
      const text = textStreamOf(rest)
      const message = readMessage({ armoredMessage: text as never })
      return (await unlessStalled(message, guard)) as unknown as AnyMessage
    }
    return (await unlessStalled(readMessage({ binaryMessage: streamOf(rest) }), guard)) as AnyMessage
  } catch (error) {
    if (error instanceof CryptoError) throw error
    throw new CryptoError('CRYPTO_NOT_OPENPGP', 'The file is no OpenPGP message', { cause: error })
  }
}

interface SessionKey {
  readonly s2k?: StringToKey | null
  readonly sessionKeyAlgorithm: number | null
}

function sessionKeysOf(message: AnyMessage): readonly SessionKey[] {
  const isForPassphrase = (packet: AnyPacket) => packet instanceof SymEncryptedSessionKeyPacket
  return message.packets.filter(isForPassphrase) as unknown as readonly SessionKey[]
}

/** What the library would report as if the passphrase were wrong. */
function assertReadable(message: AnyMessage, sessions: readonly SessionKey[]): void {
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

function decryptionError(cause: unknown, seen: boolean): Error {
  if (cause instanceof CryptoError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  if (/unexpected end|premature|truncated/i.test(reason)) return truncated(cause)
  // Without the right key nothing that can be understood comes out.
  if (!seen) {
    return new CryptoError('CRYPTO_WRONG_PASSPHRASE', 'The passphrase does not open this file', { cause })
  }
  return new CryptoError(
    'CRYPTO_CORRUPT',
    'The encrypted content was altered or damaged: its integrity code does not agree',
    { cause }
  )
}

function truncated(cause?: unknown): CryptoError {
  return new CryptoError('CRYPTO_TRUNCATED', 'The OpenPGP message is cut off', { cause })
}

async function* asyncOf(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks
}

/** Small chunks put together. */
async function* inPieces(input: ByteChunks): AsyncGenerator<Uint8Array, void, undefined> {
  let piece: Uint8Array | undefined
  let size = 0
  for await (const chunk of input) {
    if (size + chunk.length > PIECE_BYTES && size > 0) {
      yield piece!.subarray(0, size)
      piece = undefined
      size = 0
    }
    if (chunk.length >= PIECE_BYTES) {
      yield chunk
      continue
    }
    piece ??= new Uint8Array(PIECE_BYTES)
    piece.set(chunk, size)
    size += chunk.length
  }
  if (size > 0) yield piece!.subarray(0, size)
}

async function* prepended(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

/** Takes no more of `input` than is asked for. */
function streamOf(input: ByteChunks): ReadableStream<Uint8Array> {
  const chunks = (Symbol.asyncIterator in input ? input : asyncOf(input))[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next()
        if (next.done === true) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel() {
        await chunks.return?.(undefined)
      }
    },
    { highWaterMark: 0 }
  )
}

function textStreamOf(input: AsyncIterable<Uint8Array>): ReadableStream<string> {
  const text = new TextDecoder()
  const chunks = input[Symbol.asyncIterator]()
  return new ReadableStream<string>({
    async pull(controller) {
      const next = await chunks.next()
      if (next.done === true) controller.close()
      else controller.enqueue(text.decode(next.value, { stream: true }))
    }
  })
}

/** Not every engine can iterate a stream; leaving the loop early ends it. */
async function* chunksOf<T>(
  stream: ReadableStream<T>,
  guard?: StallGuard
): AsyncGenerator<T, void, undefined> {
  const reader = stream.getReader()
  const cancel = (): void => void reader.cancel().catch(() => {})
  try {
    for (;;) {
      guard?.wait(cancel)
      const { done, value } = await reader.read()
      guard?.rest()
      if (guard?.isStalled === true) throw truncated()
      if (done) return
      yield value
    }
  } finally {
    cancel() // not waited for: a stream that is stalled does not end
  }
}

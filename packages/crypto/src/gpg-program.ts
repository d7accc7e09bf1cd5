import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { assertKnownKeys, revealSecret, type Secret } from '@tercet/interface'
import type { ByteChunks } from './aes-crypt-streams.ts'
import { CryptoError } from './crypto-error.ts'
import type { OpenPgpDecryptor, OpenPgpEncryptor } from './open-pgp-cipher.ts'

export interface GpgProgramOptions {
  /** Name or path of the program. @defaultValue 'gpg' */
  readonly program?: string | undefined
  /** Goes to the program through its standard input, never as an argument. */
  readonly passphrase?: Secret | string | undefined
  /** What encrypts, as `--symmetric` or `--encrypt`. @defaultValue '--encrypt' with recipients, else '--symmetric' */
  readonly encryptionCommand?: string | undefined
  /** Further arguments for encryption. */
  readonly encryptionSwitches?: readonly string[] | undefined
  /** @defaultValue '--decrypt' */
  readonly decryptionCommand?: string | undefined
  /** Further arguments for decryption. */
  readonly decryptionSwitches?: readonly string[] | undefined
  /** Keys that are encrypted for, by any of their names; the program has to have them. Who writes need not be able to read. */
  readonly recipients?: readonly string[] | undefined
  /** Text instead of bytes, a third longer. @defaultValue false */
  readonly armor?: boolean | undefined
  /** Folder of the keyrings. @defaultValue the program's own */
  readonly homeFolder?: string | undefined
}

const KEYS = [
  ...['program', 'passphrase', 'encryptionCommand', 'encryptionSwitches', 'decryptionCommand'],
  ...['decryptionSwitches', 'recipients', 'armor', 'homeFolder']
]

/** Lines of its own that the program may write before more is only counted. */
const MAX_MESSAGE_BYTES = 4096

/**
 * Encrypts and decrypts through the `gpg` program, as Duplicati does: with its keyrings, and whatever else its switches
 * can do. Streaming; one process for each message, which is ended when nobody reads on.
 */
export function createGpgProgram(options: GpgProgramOptions): OpenPgpEncryptor & OpenPgpDecryptor {
  assertKnownKeys(options, KEYS, 'createGpgProgram')
  const { recipients = [], passphrase } = options
  const common = [
    '--batch',
    '--no-tty',
    '--quiet',
    ...(options.homeFolder === undefined ? [] : ['--homedir', options.homeFolder]),
    // Without it the program asks an agent, and that asks a person.
    ...(passphrase === undefined ? [] : ['--pinentry-mode', 'loopback', '--passphrase-fd', '0'])
  ]
  const encryption = [
    ...common,
    ...(options.armor === true ? ['--armor'] : []),
    // Volumes are compressed already.
    ...['--compress-algo', 'none'],
    ...recipients.flatMap((name) => ['--recipient', name]),
    ...(recipients.length === 0 ? [] : ['--trust-model', 'always']),
    ...(options.encryptionSwitches ?? []),
    options.encryptionCommand ?? (recipients.length === 0 ? '--symmetric' : '--encrypt')
  ]
  const decryption = [
    ...common,
    ...(options.decryptionSwitches ?? []),
    options.decryptionCommand ?? '--decrypt'
  ]
  return {
    encrypt: (input) => piped(options, encryption, input, encryptionError),
    decrypt: (input) => piped(options, decryption, input, decryptionError)
  }
}

type Failure = (program: string, message: string) => CryptoError
type Gpg = ChildProcessByStdio<Writable, Readable, Readable>

async function* piped(
  { program = 'gpg', passphrase }: GpgProgramOptions,
  args: readonly string[],
  input: ByteChunks,
  failure: Failure
): AsyncGenerator<Uint8Array, void, undefined> {
  const child: Gpg = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => reject(cannotRun(program, cause)))
    child.once('close', resolve)
  })
  ended.catch(() => {})
  let message = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (message.length < MAX_MESSAGE_BYTES) message += text
  })
  // The program may end before it has read everything; its exit code says why.
  child.stdin.on('error', () => {})
  const fed = feed(child, passphrase, input)
  fed.catch(() => child.kill())
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array
    const code = await ended
    await fed
    if (code !== 0) throw failure(program, message.trim())
  } finally {
    child.kill()
  }
}

async function feed(child: Gpg, passphrase: Secret | string | undefined, input: ByteChunks): Promise<void> {
  if (passphrase !== undefined) await write(child, `${revealSecret(passphrase)}\n`)
  for await (const chunk of input) if (!(await write(child, chunk))) return
  child.stdin.end()
}

/** Waits where the program is slower; false: it does not read any more. */
async function write({ stdin }: Gpg, bytes: Uint8Array | string): Promise<boolean> {
  if (stdin.destroyed) return false
  if (stdin.write(bytes)) return true
  return await new Promise<boolean>((resolve) => {
    const done = () => {
      stdin.off('drain', done).off('close', done)
      resolve(!stdin.destroyed)
    }
    stdin.once('drain', done).once('close', done)
  })
}

function cannotRun(program: string, cause: Error): CryptoError {
  return new CryptoError(
    'CRYPTO_PROGRAM_FAILED',
    `The program ${program} cannot be run: ${cause.message}. Install GnuPG, or say where it is`,
    { cause, context: { program } }
  )
}

function encryptionError(program: string, message: string): CryptoError {
  return new CryptoError('CRYPTO_PROGRAM_FAILED', `${program} could not encrypt: ${message}`, {
    context: { program }
  })
}

function decryptionError(program: string, message: string): CryptoError {
  const context = { program }
  if (/no secret key/i.test(message))
    return new CryptoError('CRYPTO_NO_KEY', `${program} has no key that opens this file: ${message}`, {
      context
    })
  if (/bad (session key|passphrase)/i.test(message))
    return new CryptoError('CRYPTO_WRONG_PASSPHRASE', 'The passphrase does not open this file', { context })
  if (/no valid openpgp data/i.test(message))
    return new CryptoError('CRYPTO_NOT_OPENPGP', 'The file is no OpenPGP message', { context })
  if (/manipulated|checksum|corrupt|invalid packet/i.test(message))
    return new CryptoError('CRYPTO_CORRUPT', 'The encrypted content was altered or damaged', { context })
  return new CryptoError('CRYPTO_PROGRAM_FAILED', `${program} could not decrypt: ${message}`, { context })
}

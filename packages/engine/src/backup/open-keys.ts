import type { Catalog } from '@tercet/core'
import { type AesCryptKeyring, createAesCryptDecryptor } from '@tercet/crypto'
import { type CallOptions, isTercetError, type StorageBackend } from '@tercet/interface'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'

/** More than any header of an encrypted volume that Duplicati or this library writes. */
const HEADER_BYTES = 1024

/** An OpenPGP message that was altered cannot be told from one under another passphrase: so many must agree. */
const MESSAGES_TRIED = 2

/** Codes of what says nothing about the passphrase. */
const TELLS_NOTHING = [
  'CRYPTO_NO_KEY',
  'CRYPTO_UNSUPPORTED_CIPHER',
  'CRYPTO_UNAUTHENTICATED',
  'CRYPTO_CORRUPT',
  'CRYPTO_TRUNCATED',
  'CRYPTO_NOT_OPENPGP',
  'CRYPTO_PROGRAM_FAILED'
]

/**
 * Finds out whether the passphrase opens what is there, from the head of one small volume, before anything is written.
 *
 * @param options `lost` are names of volumes that are known to be gone or damaged
 * @returns false when there is no volume that could tell
 * @throws EngineError `BACKUP_PASSPHRASE_WRONG`
 */
export async function assertPassphraseOpens(
  { backend, catalog, passphrase }: EngineContext,
  keyring: AesCryptKeyring,
  options: CallOptions & { readonly lost?: ReadonlySet<string> | undefined }
): Promise<boolean> {
  // Keys of somebody need not be here, and may ask a person.
  if (passphrase === undefined) return false
  const { lost, ...call } = options
  const [file] = smallestVolumes(catalog, '.aes', lost)
  if (file !== undefined) {
    await openHead(backend, file, keyring, call).catch((error) => refuse(file, error))
    return true
  }
  const messages = smallestVolumes(catalog, '.gpg', lost).slice(0, MESSAGES_TRIED)
  let failure: unknown
  for (const message of messages) {
    try {
      await openMessage(backend, message, keyring, call)
      return true
    } catch (error) {
      if (TELLS_NOTHING.some((code) => isTercetError(error, code))) continue
      if (!isTercetError(error, 'CRYPTO_WRONG_PASSPHRASE')) throw error
      failure ??= error
    }
  }
  if (failure !== undefined) refuse(messages[0]!, failure)
  return false
}

async function openHead(
  backend: StorageBackend,
  name: string,
  keyring: AesCryptKeyring,
  call: CallOptions
): Promise<void> {
  const decryptor = createAesCryptDecryptor(keyring, { write: () => {} })
  const range = backend.capabilities.rangedGet ? { offset: 0, length: HEADER_BYTES } : {}
  let seen = 0
  for await (const chunk of backend.get(name, { ...call, ...range })) {
    decryptor.write(chunk)
    seen += chunk.byteLength
    if (seen >= HEADER_BYTES) break
  }
}

/** The first bytes that come out are enough. */
async function openMessage(
  backend: StorageBackend,
  name: string,
  keyring: AesCryptKeyring,
  call: CallOptions
): Promise<void> {
  for await (const _ of keyring.decryptOpenPgp?.(backend.get(name, call)) ?? []) break
}

function refuse(name: string, error: unknown): never {
  if (!isTercetError(error, 'CRYPTO_WRONG_PASSPHRASE')) throw error
  throw new EngineError(
    'BACKUP_PASSPHRASE_WRONG',
    `The passphrase does not open ${name}: this destination was written with another one`,
    { cause: error, context: { volume: name } }
  )
}

/** Volumes of one kind, smallest first; archived ones cannot be read at once. */
function smallestVolumes(catalog: Catalog, suffix: string, lost: ReadonlySet<string> | undefined): string[] {
  const found: { name: string; size: number }[] = []
  for (const { name, size, archived } of catalog.volumes.all({ states: ['uploaded', 'verified'] })) {
    if (archived || !name.endsWith(suffix) || size === undefined || lost?.has(name) === true) continue
    found.push({ name, size })
  }
  return found.sort((a, b) => a.size - b.size).map(({ name }) => name)
}

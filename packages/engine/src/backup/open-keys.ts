import type { Catalog } from '@tercet/core'
import { type AesCryptKeyring, createAesCryptDecryptor } from '@tercet/crypto'
import { type CallOptions, isTercetError, type StorageBackend } from '@tercet/interface'
import { EngineError } from '../common/engine-error.ts'

/** More than any header of an encrypted volume that Duplicati or this library writes. */
const HEADER_BYTES = 1024

/**
 * Finds out whether the passphrase opens what is there, from the head of one small volume, before anything is written.
 *
 * @param options `lost` are names of volumes that are known to be gone or damaged
 * @returns false when there is no volume that could tell
 * @throws EngineError `BACKUP_PASSPHRASE_WRONG`
 */
export async function assertPassphraseOpens(
  backend: StorageBackend,
  catalog: Catalog,
  keyring: AesCryptKeyring,
  options: CallOptions & { readonly lost?: ReadonlySet<string> | undefined }
): Promise<boolean> {
  const { lost, ...call } = options
  const name = smallestEncryptedVolume(catalog, lost)
  if (name === undefined) return false
  const decryptor = createAesCryptDecryptor(keyring, { write: () => {} })
  const range = backend.capabilities.rangedGet ? { offset: 0, length: HEADER_BYTES } : {}
  let seen = 0
  try {
    for await (const chunk of backend.get(name, { ...call, ...range })) {
      decryptor.write(chunk)
      seen += chunk.byteLength
      if (seen >= HEADER_BYTES) break
    }
  } catch (error) {
    if (!isTercetError(error, 'CRYPTO_WRONG_PASSPHRASE')) throw error
    throw new EngineError(
      'BACKUP_PASSPHRASE_WRONG',
      `The passphrase does not open ${name}: this destination was written with another one`,
      { cause: error, context: { volume: name } }
    )
  }
  return true
}

/** Archived volumes cannot be read at once. */
function smallestEncryptedVolume(
  catalog: Catalog,
  lost: ReadonlySet<string> | undefined
): string | undefined {
  let smallest: { name: string; size: number } | undefined
  for (const { name, size, archived } of catalog.volumes.all({ states: ['uploaded', 'verified'] })) {
    if (archived || !name.endsWith('.aes') || size === undefined || lost?.has(name) === true) continue
    if (smallest === undefined || size < smallest.size) smallest = { name, size }
  }
  return smallest?.name
}

import { createAesCryptDecryptor, createAesCryptKeyring } from '@tercet/crypto'
import { EngineError } from '@tercet/engine'
import { type CallOptions, isTercetError, type Secret, type StorageBackend } from '@tercet/interface'
import type { DestinationSurvey } from './survey-destination.ts'

/** More than any header that was not made to be long. */
const HEADER_BYTES = 2048
/** Volumes whose beginning is looked at before nothing is said. */
const ATTEMPTS = 3

/**
 * Finds out with a few bytes of a volume whether the passphrase opens the destination. Volumes that are damaged or lie in
 * cold storage say nothing; then it is left to the operation that needs one.
 *
 * @throws EngineError `ENGINE_PASSPHRASE_WRONG`
 */
export async function checkPassphrase(
  backend: StorageBackend,
  survey: DestinationSurvey,
  passphrase: Secret | string,
  options: CallOptions = {}
): Promise<void> {
  const keyring = createAesCryptKeyring(passphrase)
  for (const name of encryptedNames(survey).slice(0, ATTEMPTS)) {
    const decryptor = createAesCryptDecryptor(keyring, { write() {} })
    try {
      decryptor.write(await readStart(backend, name, options))
      return
    } catch (error) {
      if (isTercetError(error, 'CRYPTO_WRONG_PASSPHRASE')) throw wrongPassphrase(backend, error)
      if (!isTercetError(error) || !/^(CRYPTO_|STORAGE_(NOT_FOUND|ARCHIVED)$)/.test(error.code)) throw error
    }
  }
}

/** The smallest first, so that a backend without ranges has little to send. */
function encryptedNames({ volumes, archived }: DestinationSurvey): string[] {
  return [...volumes]
    .filter(([name]) => name.endsWith('.aes') && !archived.has(name))
    .sort(([, a], [, b]) => (a ?? 0) - (b ?? 0))
    .map(([name]) => name)
}

async function readStart(backend: StorageBackend, name: string, options: CallOptions): Promise<Uint8Array> {
  const range = backend.capabilities.rangedGet ? { offset: 0, length: HEADER_BYTES } : {}
  const start = new Uint8Array(HEADER_BYTES)
  let filled = 0
  for await (const chunk of backend.get(name, { ...options, ...range })) {
    const part = chunk.subarray(0, HEADER_BYTES - filled)
    start.set(part, filled)
    filled += part.length
    if (filled === HEADER_BYTES) break
  }
  return start.subarray(0, filled)
}

function wrongPassphrase(backend: StorageBackend, cause: unknown): EngineError {
  return new EngineError('ENGINE_PASSPHRASE_WRONG', `The passphrase does not open ${backend.displayName}`, {
    cause,
    context: { destination: backend.displayName }
  })
}

import { isTercetError, type TercetError } from '@tercet/interface'
import { EngineError } from '../common/engine-error.ts'

/** Problems of one volume, which concern nobody who does not need it. */
export function isVolumeProblem(error: unknown): error is TercetError {
  if (!isTercetError(error)) return false
  const { code } = error
  return code.startsWith('VOLUME_') || code.startsWith('CRYPTO_') || VOLUME_STORAGE_CODES.has(code)
}

const VOLUME_STORAGE_CODES: ReadonlySet<string> = new Set([
  'STORAGE_NOT_FOUND',
  'STORAGE_CORRUPT',
  'STORAGE_ARCHIVED',
  'STORAGE_UNAVAILABLE',
  'STORAGE_TIMEOUT',
  'STORAGE_UNEXPECTED',
  'ENGINE_VOLUME_UNUSABLE'
])

export function passphraseError(cause: unknown): EngineError {
  const isMissing = isTercetError(cause, 'CRYPTO_NO_PASSPHRASE')
  return new EngineError(
    isMissing ? 'ENGINE_PASSPHRASE_MISSING' : 'ENGINE_PASSPHRASE_WRONG',
    isMissing
      ? 'The destination is encrypted: give its passphrase'
      : 'The passphrase does not open the volumes of the destination',
    { cause }
  )
}

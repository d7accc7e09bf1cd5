import { isTercetError } from '@tercet/interface'
import type { PlannedVolume } from './block-sources.ts'
import type { WriteResult } from './job-types.ts'
import { passphraseError } from './volume-problem.ts'

type Expectation = PlannedVolume['expected']
type Damage = { readonly code: string; readonly message: string }

/**
 * Runs the job that takes what is wanted out of a volume. The recorded hash of the volume is only asked for when
 * something is wrong: what is written is verified anyway, by the HMAC of the volume and the hash of each block, and a
 * pass over all bytes is saved.
 *
 * @param write the job, with this much asked of the volume
 * @param onDamaged told when the volume is not what was stored, but may be of use
 */
export async function writeVolume(
  expected: Expectation,
  write: (expectation: Expectation) => Promise<WriteResult>,
  onDamaged: (damage: Damage) => void
): Promise<WriteResult> {
  try {
    return await write({ sizeBytes: expected.sizeBytes })
  } catch (error) {
    if (isTercetError(error, 'CRYPTO_NO_PASSPHRASE')) throw passphraseError(error)
    if (isTercetError(error, 'CRYPTO_WRONG_PASSPHRASE')) {
      // A damaged beginning looks the same; the hash, which is checked first, tells them apart.
      return await write(expected).catch((cause) => {
        throw isTercetError(cause, 'CRYPTO_WRONG_PASSPHRASE') ? passphraseError(cause) : cause
      })
    }
    if (!isTercetError(error, 'VOLUME_SIZE_MISMATCH')) throw error
    // Each block is verified: what is sound in it is as good as ever.
    onDamaged(error)
    return await write({})
  }
}

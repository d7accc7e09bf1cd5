import { type AesCryptKey, type AesCryptKeyring, CryptoError } from '@tercet/crypto'

/** Opens what was encrypted with this very key, as the volumes of this run were, without the passphrase. */
export function keyringOf(key: AesCryptKey): AesCryptKeyring {
  return {
    headerKey({ publicIv }) {
      if (Buffer.compare(publicIv, key.publicIv) === 0) return key.reveal()
      throw new CryptoError(
        'CRYPTO_WRONG_PASSPHRASE',
        'The volume was not encrypted with the key of this run'
      )
    }
  }
}

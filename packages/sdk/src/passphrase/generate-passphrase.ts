import { randomBytes } from 'node:crypto'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { assertKnownKeys, Secret } from '@tercet/interface'

/** 2048 words of three to eight letters, told apart by their first four (the list of BIP 39). */
const BITS_PER_WORD = 11
const LEAST_BITS = 44
const MOST_BITS = 440

export interface GeneratePassphraseOptions {
  /** At least so many, from 44 to 440. @defaultValue 88: eight words, out of reach also with AES Crypt version 2 */
  readonly bits?: number | undefined
  /** Random bytes, all values equally likely. @defaultValue node:crypto */
  readonly random?: ((size: number) => Uint8Array) | undefined
}

export interface GeneratedPassphrase {
  /** Words with a `-` between them. */
  readonly passphrase: Secret
  readonly words: number
  /** Of the draw itself: whoever knows how it was made still has to guess 2 to this. */
  readonly bits: number
}

/**
 * Draws a passphrase that a person can write down and type.
 *
 * @throws RangeError for other numbers of bits; ConfigurationError `CONFIG_UNKNOWN_KEY`
 */
export function generatePassphrase(options: GeneratePassphraseOptions = {}): GeneratedPassphrase {
  assertKnownKeys(options, ['bits', 'random'], 'generatePassphrase')
  const { bits = 88, random = randomBytes } = options
  if (!(bits >= LEAST_BITS && bits <= MOST_BITS))
    throw new RangeError(`A passphrase has ${LEAST_BITS} to ${MOST_BITS} bits, not ${bits}`)
  const count = Math.ceil(bits / BITS_PER_WORD)
  const bytes = random(count * 2)
  // 2048 divides 65 536, so every word is as likely as any other.
  const words = Array.from(
    { length: count },
    (_, i) => wordlist[((bytes[i * 2]! << 8) | bytes[i * 2 + 1]!) % wordlist.length]
  )
  return { passphrase: new Secret(words.join('-')), words: count, bits: count * BITS_PER_WORD }
}

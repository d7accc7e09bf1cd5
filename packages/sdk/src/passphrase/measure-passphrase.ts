import { revealSecret, type Secret } from '@tercet/interface'

/**
 * Below this, a passphrase is weak: with the cheap key derivation of AES Crypt version 2, somebody who has a volume and a
 * few graphics cards tries some 2 to the 50 in a year.
 */
export const WEAK_BELOW_BITS = 50

export interface PassphraseStrength {
  /** Logarithm to base 2 of the guesses that somebody needs who knows common passwords, words, dates and patterns. */
  readonly bits: number
  /** `bits` is below {@link WEAK_BELOW_BITS}. */
  readonly isWeak: boolean
  /** What makes it easy to guess, for people; undefined where nothing stands out. Never a part of the passphrase. */
  readonly reason?: string | undefined
}

/** Longer ones are strong or a repetition, and both show in their beginning. */
const MOST_CHARACTERS = 128

/**
 * Estimates how hard a passphrase is to guess. It is an estimate from below for random ones: each character that fits no
 * pattern counts as one of ten. What it measures with is loaded at the first call (some 200 ms).
 */
export async function measurePassphrase(passphrase: Secret | string): Promise<PassphraseStrength> {
  const text = revealSecret(passphrase)
  if (text === '') return { bits: 0, isWeak: true, reason: 'it is empty' }
  meter ??= loadMeter()
  const { guessesLog10, feedback } = (await meter).check(text.slice(0, MOST_CHARACTERS))
  const bits = Math.round(guessesLog10 * Math.log2(10) * 10) / 10
  const isWeak = bits < WEAK_BELOW_BITS
  const reason = isWeak ? (REASONS[feedback.warning ?? ''] ?? 'it is short') : undefined
  return { bits, isWeak, reason }
}

let meter: ReturnType<typeof loadMeter> | undefined

async function loadMeter() {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }, { wordlist }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@scure/bip39/wordlists/english.js')
  ])
  return new ZxcvbnFactory({ graphs: adjacencyGraphs, dictionary: { ...dictionary, generated: wordlist } })
}

const COMMON = 'it is a common password'
const NAME = 'it is a name or one word'
const REPEATED = 'it repeats itself'
const KEYS = 'its characters are neighbours on a keyboard'
const DATE = 'it is a date or a year'

/** By what the meter calls it. */
const REASONS: Readonly<Record<string, string>> = {
  topTen: COMMON,
  topHundred: COMMON,
  common: COMMON,
  similarToCommon: COMMON,
  pwned: COMMON,
  wordByItself: NAME,
  namesByThemselves: NAME,
  commonNames: NAME,
  simpleRepeat: REPEATED,
  extendedRepeat: REPEATED,
  straightRow: KEYS,
  keyPattern: KEYS,
  sequences: 'it is a sequence of letters or digits',
  recentYears: DATE,
  dates: DATE
}

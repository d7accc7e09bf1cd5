import { assertKnownKeys } from '@tercet/interface'
import { rejected, wrongValue } from '../configuration/reject.ts'
import { parseDuration } from '../duration.ts'
import { type PolicyOptions, VERIFICATION_DEPTHS, type VerificationDepth } from './policy-options.ts'

/** What is asked of the copies of a backup, with all defaults. Plain data; durations are milliseconds. */
export interface Policy {
  readonly copies: number
  readonly media: number
  readonly offsite: number
  readonly immutable: number
  readonly countSource: boolean
  readonly maxUnverifiedAge: number | undefined
  readonly verifyDepth: VerificationDepth
  readonly maxAge: number | undefined
  readonly maxBehind: number | undefined
}

const KEYS = [
  'copies',
  'media',
  'offsite',
  'immutable',
  'countSource',
  'maxUnverifiedAge',
  'verifyDepth',
  'maxAge',
  'maxBehind'
] as const satisfies readonly (keyof PolicyOptions)[]

/**
 * The 3-2-1 rule: three copies, on two kinds of media, one of them elsewhere. With `immutable: 1` and
 * `maxUnverifiedAge` it is 3-2-1-1-0: one copy that nobody can change, and none that is unverified or damaged.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`
 */
export function threeTwoOne(options: PolicyOptions = {}): Policy {
  assertKnownKeys(options, KEYS, 'threeTwoOne')
  const { verifyDepth = 'checksum', countSource = true } = options
  if (!VERIFICATION_DEPTHS.includes(verifyDepth))
    throw wrongValue('verifyDepth', verifyDepth, `one of ${VERIFICATION_DEPTHS.join(', ')}`)
  if (typeof countSource !== 'boolean') throw wrongValue('countSource', countSource, 'true or false')
  return Object.freeze({
    copies: count('copies', options.copies, 3, 1),
    media: count('media', options.media, 2, 1),
    offsite: count('offsite', options.offsite, 1, 0),
    immutable: count('immutable', options.immutable, 0, 0),
    countSource,
    maxUnverifiedAge: duration('maxUnverifiedAge', options.maxUnverifiedAge),
    verifyDepth,
    maxAge: duration('maxAge', options.maxAge),
    maxBehind: options.maxBehind === undefined ? undefined : count('maxBehind', options.maxBehind, 0, 0)
  })
}

function count(name: string, value: number | undefined, fallback: number, least: number): number {
  if (value === undefined) return fallback
  if (Number.isSafeInteger(value) && value >= least) return value
  throw wrongValue(name, value, `a whole number of at least ${least}`)
}

function duration(name: string, value: number | string | undefined): number | undefined {
  if (typeof value === 'string') return parseDuration(value, { where: name })
  if (value === undefined || (Number.isFinite(value) && value > 0)) return value
  throw rejected(
    'CONFIG_INVALID_VALUE',
    name,
    'must be more than nothing: milliseconds, or a text such as "30D"'
  )
}

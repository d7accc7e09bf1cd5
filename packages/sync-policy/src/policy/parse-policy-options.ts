import type { ConfigurationObject } from '../configuration/configuration-object.ts'
import { resolveOptionValue } from '../configuration/option-value.ts'
import { type PolicyOptions, VERIFICATION_DEPTHS } from './policy-options.ts'

/** Keys of a policy in a configuration. */
export const POLICY_KEYS = [
  'copies',
  'media',
  'offsite',
  'immutable',
  'count-source',
  'max-unverified-age',
  'verify-depth',
  'max-age',
  'max-behind'
]

/** @throws ConfigurationError `CONFIG_INVALID_VALUE` */
export function parsePolicyOptions(object: ConfigurationObject): PolicyOptions {
  const duration = (name: string): number | undefined =>
    object.get(name) === undefined
      ? undefined
      : (resolveOptionValue({ kind: 'duration' }, object.get(name), object.at(name)) as number)
  const depth = object.get('verify-depth')
  return {
    copies: object.integer('copies', 1),
    media: object.integer('media', 1),
    offsite: object.integer('offsite', 0),
    immutable: object.integer('immutable', 0),
    countSource: object.boolean('count-source'),
    maxUnverifiedAge: duration('max-unverified-age'),
    verifyDepth:
      depth === undefined
        ? undefined
        : (resolveOptionValue(
            { kind: 'choice', choices: VERIFICATION_DEPTHS },
            depth,
            object.at('verify-depth')
          ) as PolicyOptions['verifyDepth']),
    maxAge: duration('max-age'),
    maxBehind: object.integer('max-behind', 0)
  }
}

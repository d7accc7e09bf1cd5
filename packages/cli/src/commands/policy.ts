import { printable } from '@tercet/sdk/format'
import {
  collectEvidence,
  evaluatePolicy,
  formatVerdict,
  type Policy,
  type PolicyOptions,
  parseDuration,
  readSyncConfiguration,
  threeTwoOne,
  type VerificationDepth
} from '@tercet/sdk/policy'
import { ConfigurationError } from '@tercet/sdk/settings'
import { backendsOf } from '../backends.ts'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import type { OwnValues } from '../own-values.ts'

/** Looks at every copy, and tells whether the rule holds: 0, 2 where a further copy does not count, 3 where it does not. */
export async function runPolicyCheck(context: CommandContext): Promise<ExitCode> {
  const { calls, own, reporter } = context
  context.interruption.cannotStop()
  const { configuration, open } = placesOf(context)
  const policy = policyOf(own, configuration?.policy)
  await using backup = await open()
  const evidence = await collectEvidence(backup, undefined, { signal: calls.signal })
  const verdict = evaluatePolicy(policy, evidence)
  return await reporter.finish(verdict.outcome, verdict, formatVerdict(verdict).map(printable))
}

/** A destination with its options, or a configuration that names the destination too. */
function placesOf(context: CommandContext) {
  const { url = '' } = context
  if (!/\.json$/i.test(url) || /^[a-z][a-z0-9+.-]+:/i.test(url)) {
    const value = context.openSettings['syncConfiguration']
    const configuration =
      value === undefined ? undefined : readSyncConfiguration(value as string, { primaryUrl: url })
    return { configuration, open: () => context.open() }
  }
  const configuration = readSyncConfiguration(url)
  const destination = configuration.primary.url
  if (destination === undefined)
    throw new ConfigurationError(
      'CONFIG_MISSING',
      `${url}: "primary": { "url": … } is needed; or check the destination itself, with --remote-sync-config=${url}`
    )
  return {
    configuration,
    open: async () =>
      await context.open({ destination, syncConfiguration: url, backends: await backendsOf([destination]) })
  }
}

function policyOf(own: OwnValues, configured: PolicyOptions | undefined): Policy {
  const depth = own.text('verify-depth')
  const given: PolicyOptions = {
    copies: countOf(own, 'copies'),
    media: countOf(own, 'media'),
    offsite: countOf(own, 'offsite'),
    immutable: countOf(own, 'immutable'),
    maxUnverifiedAge: durationOf(own, 'max-unverified-age'),
    maxAge: durationOf(own, 'max-age'),
    maxBehind: countOf(own, 'max-behind'),
    verifyDepth: depth as VerificationDepth | undefined,
    countSource: own.flag('without-source') ? false : undefined
  }
  const isGiven = ([, value]: [string, unknown]): boolean => value !== undefined
  return threeTwoOne({ ...configured, ...Object.fromEntries(Object.entries(given).filter(isGiven)) })
}

function countOf(own: OwnValues, option: string): number | undefined {
  const text = own.text(option)
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text)
  throw new ConfigurationError('CONFIG_INVALID_VALUE', `--${option}: "${text}" is not a whole number`)
}

function durationOf(own: OwnValues, option: string): number | undefined {
  const text = own.text(option)
  return text === undefined ? undefined : parseDuration(text, { where: `--${option}` })
}

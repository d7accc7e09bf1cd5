import type { VerifyOptions, VerifyResult } from '@tercet/sdk'
import { formatCounted, formatDuration } from '@tercet/sdk/format'
import { ConfigurationError } from '@tercet/sdk/settings'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { damageData, damageLines } from '../render/damage.ts'

export async function runTest(context: CommandContext): Promise<ExitCode> {
  const { calls, io, reporter, settings } = context
  context.interruption.cannotStop()
  const samples = samplesOf(context)
  if (context.own.texts('replica').length > 0)
    return await (await import('../compare-replicas.ts')).compareReplicas(context, samples)
  const started = io.monotonic()
  await using backup = await context.open()
  const options: VerifyOptions = { ...settings, ...(samples === undefined ? {} : { samples }), ...calls }
  const result = await backup.verify(options)
  const elapsed = io.monotonic() - started
  for (const volume of result.damaged)
    await reporter.item('damaged-volume', damageData(volume), ['', ...damageLines(volume)].join('\n'))
  const { outcome, verified, volumes, damaged, defects } = result
  const data = { verified, volumes, damaged: damaged.length, defects: defects.length, harmed: harmOf(result) }
  return await reporter.finish(outcome, data, testLines(result, elapsed))
}

function samplesOf({ arguments: [text], settings }: CommandContext): number | 'all' | undefined {
  const samples = text === undefined ? settings['samples'] : samplesFrom(text)
  if (text !== undefined && 'samples' in settings)
    throw new ConfigurationError(
      'CONFIG_CONFLICT',
      'Give the samples either as an argument or as --samples, not both'
    )
  if (samples === 0)
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      'A test of 0 samples would verify nothing; give 1 or more'
    )
  return samples as number | 'all' | undefined
}

function samplesFrom(text: string): number | 'all' {
  if (text === 'all') return text
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new ConfigurationError('CONFIG_INVALID_VALUE', `"${text}" is neither a number of samples nor "all"`)
}

/** What all damaged volumes together harm. */
function harmOf({ damaged }: VerifyResult): { readonly versions: readonly number[]; readonly paths: number } {
  const versions = new Set(damaged.flatMap(({ affectedVersions }) => affectedVersions))
  const paths = new Set(damaged.flatMap(({ affectedFiles }) => affectedFiles.map(({ path }) => path)))
  return { versions: [...versions].sort((a, b) => a - b), paths: paths.size }
}

function testLines(result: VerifyResult, elapsed: number): string[] {
  const { damaged, defects, verified, volumes } = result
  const found = `${formatCounted(damaged.length, 'volume')}, ${formatCounted(defects.length, 'defect')}`
  return [
    ...(damaged.length === 0 ? [] : ['']),
    `Verified  ${verified} of ${formatCounted(volumes, 'volume')}`,
    `Damaged   ${damaged.length === 0 ? 'none' : found}`,
    ...harmedLines(result),
    `Took      ${formatDuration(elapsed)}`,
    ...adviceLines(result)
  ]
}

function harmedLines(result: VerifyResult): string[] {
  const { damaged } = result
  if (damaged.length === 0) return []
  const { versions, paths } = harmOf(result)
  const lost = damaged.filter(
    ({ listOf, affectedVersions }) => listOf !== undefined && affectedVersions.length === 0
  )
  const harmed = [
    ...(paths === 0 ? [] : [formatCounted(paths, 'path')]),
    ...(versions.length === 0
      ? []
      : [`${versions.length === 1 ? 'version' : 'versions'} ${versions.join(', ')}`]),
    ...(lost.length === 0 ? [] : [`${formatCounted(lost.length, 'version')} without a number`])
  ]
  if (harmed.length === 0) return ['Harmed    nothing']
  return [`Harmed    ${harmed.join(' in ')}`]
}

function adviceLines({ damaged }: VerifyResult): string[] {
  if (!damaged.some(({ state }) => state === 'missing' || state === 'unreadable' || state === 'damaged'))
    return []
  return [
    '',
    'Back up again: that stores anew what the sources still hold. What they do not hold any',
    'more comes back with the volumes themselves, from another copy of the destination.'
  ]
}

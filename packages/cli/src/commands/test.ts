import type { Defect, VerifyOptions, VerifyResult } from '@tercet/sdk'
import { formatCounted, formatDuration, printable } from '@tercet/sdk/format'
import { ConfigurationError } from '@tercet/sdk/settings'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { issueLines } from '../reporter.ts'

const SHOWN_FILES = 5

export async function runTest(context: CommandContext): Promise<ExitCode> {
  const { calls, io, reporter, settings } = context
  context.interruption.cannotStop()
  const samples = samplesOf(context)
  const started = io.monotonic()
  await using backup = await context.open()
  const options: VerifyOptions = { ...settings, ...(samples === undefined ? {} : { samples }), ...calls }
  const result = await backup.verify(options)
  return await reporter.finish(result.outcome, result, testLines(result, io.monotonic() - started))
}

function samplesOf({ arguments: [text], settings }: CommandContext): number | 'all' | undefined {
  if (text === undefined) return undefined
  if ('samples' in settings)
    throw new ConfigurationError(
      'CONFIG_CONFLICT',
      'Give the samples either as an argument or as --samples, not both'
    )
  if (text === 'all') return text
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new ConfigurationError('CONFIG_INVALID_VALUE', `"${text}" is neither a number of samples nor "all"`)
}

function testLines(result: VerifyResult, elapsed: number): string[] {
  const { defects } = result
  // Defects are issues too; what is told of them need not be told twice.
  const told = new Set(defects.map(({ code, volume }) => `${code} ${volume}`))
  const issues = result.issues.filter(({ code, volume }) => !told.has(`${code} ${volume}`))
  return [
    `Verified  ${result.verified} of ${formatCounted(result.volumes, 'volume')}`,
    `Defects   ${defects.length === 0 ? 'none' : defects.length}`,
    ...defects.flatMap(defectLines),
    `Issues    ${issues.length === 0 ? 'none' : issues.length}`,
    ...issueLines(issues, issues.length),
    `Took      ${formatDuration(elapsed)}`
  ]
}

function defectLines({ code, message, affectedFiles, affectedVersions }: Defect): string[] {
  const files = affectedFiles.slice(0, SHOWN_FILES).map(({ path }) => `    ${printable(path)}`)
  const more = affectedFiles.length - files.length
  return [
    printable(`  ${code} ${message}; ${harmText(affectedFiles.length, affectedVersions)}`),
    ...files,
    ...(more > 0 ? [`    and ${more} more; --json lists them`] : [])
  ]
}

function harmText(paths: number, versions: readonly number[]): string {
  if (versions.length === 0) return 'harms no version'
  const which = `${versions.length === 1 ? 'version' : 'versions'} ${versions.join(', ')}`
  return paths === 0 ? `harms the list of ${which}` : `harms ${formatCounted(paths, 'path')} in ${which}`
}

import { type Backup, type Difference, parseTime } from '@tercet/sdk'
import { formatBytes, formatCounted, printable } from '@tercet/sdk/format'
import { ConfigurationError } from '@tercet/sdk/settings'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'

/** Differences that are listed without `--full-result`. */
const SHOWN = 100

/** Two versions, by default the last two; or one version, by default the last, and the files as they are now. */
export async function runCompare(context: CommandContext): Promise<ExitCode> {
  const { own, reporter } = context
  context.interruption.cannotStop()
  const chosen = choose(context)
  const full = own.flag('full-result') || reporter.json
  const counts = { added: 0, deleted: 0, modified: 0 }
  await using backup = await context.open()
  for await (const difference of chosen(backup)) {
    if (reporter.isClosed) break
    const { added, deleted, modified } = counts
    if (full || added + deleted + modified < SHOWN)
      await reporter.item('difference', difference, differenceLine(difference))
    counts[difference.kind] += 1
  }
  const total = counts.added + counts.deleted + counts.modified
  const more = !full && total > SHOWN ? [`and ${total - SHOWN} more; --full-result lists them`] : []
  return await reporter.finish('success', counts, [
    ...more,
    `${counts.added} added, ${counts.deleted} deleted, ${formatCounted(counts.modified, 'entry', 'entries')} changed`
  ])
}

/** Looks at all arguments before anything is opened. */
function choose({ arguments: args, calls, own, settings }: CommandContext) {
  const [base, other] = args.map(versionOf)
  if (own.flag('source')) {
    if (other !== undefined)
      throw new ConfigurationError(
        'CONFIG_CONFLICT',
        '--source compares one version with the files; two are named'
      )
    return (backup: Backup): AsyncIterable<Difference> =>
      backup.compareSource({ ...base, ...settings, ...calls })
  }
  if (Object.keys(settings).length > 0)
    throw new ConfigurationError('CONFIG_CONFLICT', '--content, --include and --exclude need --source')
  return (backup: Backup): AsyncIterable<Difference> => backup.compare({ base, other, ...calls })
}

/** A number of a version, or a time. */
function versionOf(text: string): { version: number } | { time: string } {
  if (/^\d{1,9}$/.test(text)) return { version: Number(text) }
  parseTime(text, new Date())
  return { time: text }
}

const SIGNS = { added: '+', deleted: '-', modified: '~' } as const

function differenceLine({ path, kind, changes, before, after }: Difference): string {
  const entry = after ?? before
  const size = entry?.type === 'file' ? `  ${formatBytes(entry.sizeBytes)}` : ''
  const what = changes.length === 0 ? '' : `  (${changes.join(', ')})`
  return `${SIGNS[kind]} ${printable(path)}${size}${what}`
}

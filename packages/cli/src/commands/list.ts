import type { Entry, FoundEntry, Version } from '@tercet/sdk'
import { formatBytes, formatCounted, formatDuration, formatTime, printable } from '@tercet/sdk/format'
import { ConfigurationError } from '@tercet/sdk/settings'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { needArguments } from './needs.ts'

const SIZE_WIDTH = 10

/** Versions without arguments, else what matches in one version, or with `--all-versions` in all of them. */
export async function runList(context: CommandContext): Promise<ExitCode> {
  const { all, chosen } = selection(context)
  if (all) return await findIn(context, undefined)
  if (context.arguments.length === 0 && !chosen) return await runListFilesets(context)
  return await listEntries(context)
}

/** What matches in all versions, or in the one that is named. */
export async function runFind(context: CommandContext): Promise<ExitCode> {
  return selection(context).chosen ? await listEntries(context) : await findIn(context, undefined)
}

export async function runListFilesets(context: CommandContext): Promise<ExitCode> {
  const { calls, reporter } = context
  context.interruption.cannotStop()
  await using backup = await context.open()
  let count = 0
  for await (const version of backup.versions(calls)) {
    if (reporter.isClosed) break
    await reporter.item('version', version, versionLine(version))
    count += 1
  }
  const unreadable = await backup.unreadableVersions(calls)
  return await reporter.finish(
    unreadable.length === 0 ? 'success' : 'error',
    { versions: count, unreadable },
    [
      formatCounted(count, 'version'),
      ...unreadable.map(
        ({ createdAt, volume }) =>
          `  error ${formatTime(createdAt)} cannot be read: its list ${printable(volume)} is damaged`
      )
    ]
  )
}

/** Paths that have a text in them. */
export async function runSearch(context: CommandContext): Promise<ExitCode> {
  needArguments(context, 1, 'a text to search for')
  const { calls, reporter, settings } = context
  context.interruption.cannotStop()
  const version = settings['version']
  if ('time' in settings) throw timeNotTaken('search-entries')
  await using backup = await context.open()
  const versions = typeof version === 'number' ? [version] : undefined
  let total = 0
  for (const text of context.arguments) {
    for (let offset = 0; ; ) {
      const page = await backup.searchEntries({ text, versions, offset, ...calls })
      for (const found of page.items) await reporter.item('entry', found, foundLine(found))
      offset += page.items.length
      if (page.items.length === 0 || offset >= page.total || reporter.isClosed) {
        total += page.total
        break
      }
    }
  }
  return await reporter.finish('success', { entries: total }, [formatCounted(total, 'path')])
}

async function listEntries(context: CommandContext): Promise<ExitCode> {
  const { calls, reporter, settings } = context
  context.interruption.cannotStop()
  await using backup = await context.open()
  let count = 0
  for await (const entry of backup.entries({ ...settings, include: context.arguments, ...calls })) {
    if (reporter.isClosed) break
    await reporter.item('entry', entry, entryLine(entry))
    count += 1
  }
  const hint =
    count === 0 ? [`Nothing matches; "tercet find ${backup.destination} …" looks in all versions`] : []
  return await reporter.finish('success', { entries: count }, [
    ...hint,
    formatCounted(count, 'entry', 'entries')
  ])
}

async function findIn(context: CommandContext, versions: readonly number[] | undefined): Promise<ExitCode> {
  const { calls, reporter } = context
  context.interruption.cannotStop()
  await using backup = await context.open()
  const found = await backup.find({ include: context.arguments, versions, ...calls })
  for (const entry of found) {
    if (reporter.isClosed) break
    await reporter.item('entry', entry, foundLine(entry))
  }
  return await reporter.finish('success', { entries: found.length }, [formatCounted(found.length, 'path')])
}

function selection({ own, settings }: CommandContext): { readonly all: boolean; readonly chosen: boolean } {
  const all = own.flag('all-versions')
  const chosen = 'version' in settings || 'time' in settings
  if (all && chosen)
    throw new ConfigurationError('CONFIG_CONFLICT', 'Give either --all-versions or one version, not both')
  return { all, chosen }
}

function timeNotTaken(command: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `${command} takes --version, not --time`)
}

function versionLine(version: Version): string {
  const { number, createdAt, files, bytes, isPartial, carriedOver } = version
  const size = `${formatCounted(files, 'file')}, ${formatBytes(bytes)}`
  const unread = carriedOver > 0 ? `, ${carriedOver} unread` : ''
  return `${String(number).padStart(4)}  ${formatTime(createdAt)}  ${size}${isPartial ? ', partial' : ''}${unread}${watchedText(version)}`
}

/** Nothing where everything was looked at, which is the usual. */
function watchedText({ coverage, createdAt }: Version): string {
  if (coverage?.kind !== 'events' && coverage?.kind !== 'mixed') return ''
  const how = coverage.kind === 'events' ? ', by events' : ', by events and scan'
  const { lastFullScanAt } = coverage
  if (lastFullScanAt === undefined) return how
  const ageMs = Math.max(0, createdAt.getTime() - Date.parse(lastFullScanAt))
  return `${how}, full scan ${formatDuration(ageMs)} before`
}

export function entryLine(entry: Entry): string {
  const size = entry.type === 'file' ? formatBytes(entry.sizeBytes) : ''
  const time = entry.modifiedAt === undefined ? ' '.repeat(20) : formatTime(entry.modifiedAt)
  const link = entry.type === 'symlink' ? ' (link)' : ''
  return `${size.padStart(SIZE_WIDTH)}  ${time}  ${printable(entry.path)}${link}${entry.isStale ? ' (unread)' : ''}`
}

/** A path, and in which versions it has which size. */
export function foundLine({ path, versions }: FoundEntry): string {
  const states = versions.map(({ version, entry }) =>
    entry.type === 'file' ? `${version}: ${formatBytes(entry.sizeBytes)}` : String(version)
  )
  return `${printable(path)}  (${states.join(', ')})`
}

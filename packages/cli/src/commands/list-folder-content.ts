import { formatCounted } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { entryLine } from './list.ts'

export async function runListFolderContent(context: CommandContext): Promise<ExitCode> {
  const { calls, reporter, settings } = context
  context.interruption.cannotStop()
  const folder = withSeparator(context.arguments[0] ?? '')
  await using backup = await context.open()
  let shown = 0
  let total = 0
  do {
    const page = await backup.folderContent({ ...settings, folder, offset: shown, ...calls })
    for (const entry of page.items) await reporter.item('entry', entry, entryLine(entry))
    shown += page.items.length
    total = page.items.length === 0 ? shown : page.total
  } while (shown < total && !reporter.isClosed)
  return await reporter.finish('success', { entries: shown }, [formatCounted(shown, 'entry', 'entries')])
}

/** Folders have their separator in a version; nobody should have to write it. */
function withSeparator(folder: string): string {
  if (folder === '' || /[/\\]$/.test(folder)) return folder
  return `${folder}${folder.includes('/') ? '/' : '\\'}`
}

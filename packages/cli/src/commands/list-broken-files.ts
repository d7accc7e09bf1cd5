import type { BrokenFile, BrokenFilesResult } from '@tercet/sdk'
import { formatBytes, formatCounted, printable } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'

const REASONS = {
  missing: 'is missing at the destination',
  size: 'has another size than was stored',
  damaged: 'was found damaged'
} as const

/** Names the volumes that are lost and what cannot be restored without them. */
export async function runListBrokenFiles(context: CommandContext): Promise<ExitCode> {
  const { calls, reporter, settings } = context
  context.interruption.cannotStop()
  await using backup = await context.open()
  const result = await backup.listBrokenFiles({ ...settings, ...calls })
  for (const volume of result.volumes)
    await reporter.item('volume', { volume }, printable(`${volume.name}  ${REASONS[volume.reason]}`))
  for (const file of result.files) await reporter.item('broken-file', { file }, fileLine(file))
  const isWhole = result.volumes.length + result.files.length === 0
  return await reporter.finish(isWhole ? 'success' : 'error', result, summary(result))
}

function fileLine({ path, type, sizeBytes, versions, metadataOnly }: BrokenFile): string {
  const size = type === 'file' ? `${formatBytes(sizeBytes)}, ` : ''
  const what = metadataOnly ? ', metadata only' : ''
  return printable(`  ${path}  (${size}${versions.join(', ')}${what})`)
}

function summary({ volumes, versionsWithoutList, files }: BrokenFilesResult): string[] {
  if (volumes.length + files.length === 0) return ['Nothing is known to be broken']
  const versions = new Set(files.flatMap((file) => file.versions))
  return [
    ...(versionsWithoutList.length === 0
      ? []
      : [`The lists of versions ${versionsWithoutList.join(', ')} are lost at the destination`]),
    `${formatCounted(volumes.length, 'volume')} lost; ${formatCounted(files.length, 'path')} broken in ${formatCounted(versions.size, 'version')}`
  ]
}

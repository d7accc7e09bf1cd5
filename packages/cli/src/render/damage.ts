import type { DamagedVolume } from '@tercet/sdk'
import { formatCounted, formatTime, printable } from '@tercet/sdk/format'

const SHOWN_DEFECTS = 5
const SHOWN_PATHS = 5
/** Paths of one volume in a JSON line, which should not grow with the backup. */
const JSON_PATHS = 1000

const STATES = {
  missing: 'is missing',
  unreachable: 'could not be fetched',
  unreadable: 'cannot be read at all',
  damaged: 'is damaged',
  differing: 'differs from the catalog',
  unknown: 'is not known to the catalog'
} as const

/** One damaged volume for a program: its paths are cut off at a thousand, and counted. */
export function damageData({ affectedFiles, ...volume }: DamagedVolume): object {
  return {
    ...volume,
    affectedPaths: affectedFiles.length,
    affectedFiles: affectedFiles.slice(0, JSON_PATHS)
  }
}

/** One damaged volume for people: what is wrong with it, then what that harms. */
export function damageLines(volume: DamagedVolume): string[] {
  const { defects, defectCount, state } = volume
  const shown = defects.slice(0, SHOWN_DEFECTS)
  const more = defectCount - shown.length
  return [
    printable(`${volume.volume} ${STATES[state]}`),
    ...shown.map(({ code, message }) => printable(`  ${code}: ${message}`)),
    ...(more > 0 ? [`  and ${formatCounted(more, 'more defect')}`] : []),
    ...harmLines(volume)
  ]
}

function harmLines(volume: DamagedVolume): string[] {
  const { affectedFiles, affectedVersions, listOf, state, type } = volume
  if (state === 'unknown') return ['  Harms nothing: no version that is known needs it.']
  if (listOf !== undefined) return [`  ${listHarm(listOf, affectedVersions)}`]
  if (affectedFiles.length === 0) return [`  Harms nothing: ${WHY_HARMLESS[type]}`]
  const paths = contentFirst(affectedFiles)
    .slice(0, SHOWN_PATHS)
    .map(({ path, metadataOnly }) => printable(`    ${path}${metadataOnly ? '  (only its metadata)' : ''}`))
  const more = affectedFiles.length - paths.length
  return [
    `  Harms ${formatCounted(affectedFiles.length, 'path')} in ${versionsText(affectedVersions)}:`,
    ...paths,
    ...(more > 0
      ? [`    and ${more} more; "tercet affected <url> ${printable(volume.volume)}" lists them`]
      : [])
  ]
}

function contentFirst(paths: DamagedVolume['affectedFiles']): DamagedVolume['affectedFiles'] {
  return [
    ...paths.filter(({ metadataOnly }) => !metadataOnly),
    ...paths.filter(({ metadataOnly }) => metadataOnly)
  ]
}

const WHY_HARMLESS = {
  dlist: 'no version that is known needs it.',
  dindex: 'it only saves time when the catalog is made anew.',
  dblock: 'no version needs what it has lost, or another volume has it too.'
} as const

function listHarm(createdAt: Date, [version]: readonly number[]): string {
  const time = formatTime(createdAt)
  return version === undefined
    ? `It is the list of the version of ${time}, which cannot be restored without it.`
    : `It is the list of version ${version}, of ${time}, which only this catalog can restore now.`
}

function versionsText(versions: readonly number[]): string {
  return `${versions.length === 1 ? 'version' : 'versions'} ${versions.join(', ')}`
}

import type { StorageBackend } from '@tercet/interface'
import { VolumeError } from '@tercet/volume-format'
import type { DestinationSurvey } from './survey-destination.ts'

const ARCHIVES: readonly string[] = ['zip', 'tgz', 'tzstd']
const ENCRYPTIONS: readonly string[] = ['aes', 'gpg']

/**
 * Refuses a destination with volumes of a kind that cannot be read, before anything is made or fetched for it: one such
 * volume among others may hold what any version needs.
 *
 * @throws VolumeError `VOLUME_UNSUPPORTED_COMPRESSION`, `VOLUME_UNSUPPORTED_ENCRYPTION`
 */
export function assertSupported({ displayName }: StorageBackend, survey: DestinationSurvey): void {
  const archive = survey.archives.find((kind) => !ARCHIVES.includes(kind))
  if (archive !== undefined)
    throw new VolumeError(
      'VOLUME_UNSUPPORTED_COMPRESSION',
      `${displayName} has ".${archive}" volumes, which this version can neither read nor write; it knows ${dotted(ARCHIVES)}`,
      { context: { destination: displayName, compression: archive } }
    )
  const encryption = survey.encryptions.find((kind) => !ENCRYPTIONS.includes(kind))
  if (encryption === undefined) return
  throw new VolumeError(
    'VOLUME_UNSUPPORTED_ENCRYPTION',
    `${displayName} has volumes encrypted as ".${encryption}", which this version can neither read nor write; it knows ${dotted(ENCRYPTIONS)}`,
    { context: { destination: displayName, encryption } }
  )
}

function dotted(kinds: readonly string[]): string {
  return kinds.map((kind) => `".${kind}"`).join(', ')
}

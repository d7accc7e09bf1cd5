import { classifyRemoteName, parseVolumeName, type VolumeName } from '@tercet/volume-format'
import { EngineError } from '../common/engine-error.ts'

/** The volumes of one backup at a destination. Companions, such as parity files, are no volumes. */
export interface DestinationSurvey {
  /** By the time in their names, oldest first. */
  readonly dlists: readonly SurveyedVolume[]
  readonly dindexes: readonly SurveyedVolume[]
  readonly dblocks: readonly SurveyedVolume[]
}

export interface SurveyedVolume {
  readonly name: VolumeName
  /** Undefined where the destination does not tell. */
  readonly sizeBytes: number | undefined
}

const MAX_NAMED_PREFIXES = 8

/**
 * Sorts a listing.
 *
 * @throws EngineError `RECREATE_DESTINATION_EMPTY`, `RECREATE_OTHER_PREFIX`, `RECREATE_NO_BACKUP`,
 * `ENGINE_PASSPHRASE_MISSING`
 */
export function surveyDestination(
  listing: ReadonlyMap<string, number | undefined>,
  options: {
    readonly prefix: string
    readonly hasPassphrase: boolean
    readonly allowNoVersion?: boolean | undefined
  }
): DestinationSurvey {
  const { prefix } = options
  const volumes: SurveyedVolume[] = []
  for (const [path, sizeBytes] of listing) {
    const remote = classifyRemoteName(path, { prefix })
    if (remote.kind === 'volume') volumes.push({ name: remote.volume, sizeBytes })
  }
  const ofType = (type: VolumeName['type']): SurveyedVolume[] =>
    volumes
      .filter(({ name }) => name.type === type)
      .sort((a, b) => (a.name.time ?? 0) - (b.name.time ?? 0) || (a.name.name < b.name.name ? -1 : 1))
  const survey = { dlists: ofType('dlist'), dindexes: ofType('dindex'), dblocks: ofType('dblock') }
  const isEnough = survey.dlists.length > 0 || (options.allowNoVersion === true && volumes.length > 0)
  if (!isEnough) throw noBackup(listing, prefix)
  const encrypted = volumes.find(({ name }) => name.encryption !== undefined)
  if (encrypted !== undefined && !options.hasPassphrase) {
    throw new EngineError(
      'ENGINE_PASSPHRASE_MISSING',
      `The destination is encrypted (${encrypted.name.name}): give its passphrase`
    )
  }
  return survey
}

function noBackup(listing: ReadonlyMap<string, unknown>, prefix: string): EngineError {
  if (listing.size === 0) {
    return new EngineError(
      'RECREATE_DESTINATION_EMPTY',
      'The destination holds nothing. Check its address, or make the first backup'
    )
  }
  const others = new Set<string>()
  for (const path of listing.keys()) {
    const volume = parseVolumeName(path)
    if (volume !== undefined && volume.prefix !== prefix) others.add(volume.prefix)
  }
  if (others.size > 0) {
    const names = [...others].sort().slice(0, MAX_NAMED_PREFIXES).join(', ')
    return new EngineError(
      'RECREATE_OTHER_PREFIX',
      `The destination holds no backup with the prefix "${prefix}", but with: ${names}`,
      { context: { prefix, found: names } }
    )
  }
  return new EngineError(
    'RECREATE_NO_BACKUP',
    `The destination holds no version of a backup with the prefix "${prefix}"`,
    { context: { prefix } }
  )
}

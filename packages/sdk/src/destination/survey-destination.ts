import { type CallOptions, isTercetError, type StorageBackend } from '@tercet/interface'
import { classifyRemoteName, parseVolumeName } from '@tercet/volume-format'

/** What a listing of the destination says before anything is read. */
export interface DestinationSurvey {
  /** The place itself does not exist yet. */
  readonly isMissing: boolean
  /** Names and sizes of the volumes of the prefix. */
  readonly volumes: ReadonlyMap<string, number | undefined>
  /** Those of them that lie in cold storage. */
  readonly archived: ReadonlySet<string>
  /** Some of them are encrypted, by this method. */
  readonly encryption: string | undefined
  /** Every way in which any of them is encrypted, as names of volumes say it. */
  readonly encryptions: readonly string[]
  /** Every kind of archive that they are, as names of volumes say it. */
  readonly archives: readonly string[]
  /** Prefixes of volumes that belong to other backups. */
  readonly otherPrefixes: readonly string[]
  /** Entries that are no volumes. */
  readonly foreign: number
}

/** Lists the destination once. */
export async function surveyDestination(
  backend: StorageBackend,
  prefix: string,
  options: CallOptions = {}
): Promise<DestinationSurvey> {
  const volumes = new Map<string, number | undefined>()
  const archived = new Set<string>()
  const others = new Set<string>()
  const encryptions = new Set<string>()
  const archives = new Set<string>()
  let foreign = 0
  let isMissing = false
  try {
    for await (const { path, sizeBytes, archived: isArchived } of backend.list(options)) {
      const known = classifyRemoteName(path, { prefix })
      if (known.kind === 'volume') {
        volumes.set(path, sizeBytes)
        if (isArchived === true) archived.add(path)
        archives.add(known.volume.compression)
        if (known.volume.encryption !== undefined) encryptions.add(known.volume.encryption)
      } else if (known.kind === 'foreign') {
        const other = parseVolumeName(path)
        if (other === undefined) foreign += 1
        else if (other.parity === undefined) others.add(other.prefix)
      }
    }
  } catch (error) {
    if (!isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
    isMissing = true
  }
  return {
    isMissing,
    volumes,
    archived,
    encryption: [...encryptions][0],
    encryptions: [...encryptions],
    archives: [...archives],
    otherPrefixes: [...others].sort(),
    foreign
  }
}

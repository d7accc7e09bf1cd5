import { parseVolumeName, type VolumeName } from '@tercet/volume-format'
import { CoreError } from '../core-error.ts'

/** The volumes of one backup among the files of a destination. */
export interface ListedVolumes {
  readonly prefix: string
  /** Newest first. */
  readonly dlists: readonly VolumeName[]
  readonly dindexes: readonly VolumeName[]
  readonly dblocks: readonly VolumeName[]
}

/**
 * Sorts the names of a listing. Companions, and whatever else lies there, are passed over.
 *
 * @param wantedPrefix needed only where several backups share the place
 * @throws CoreError `DESTINATION_NO_BACKUP`, `DESTINATION_SEVERAL_BACKUPS`
 */
export function listedVolumes(names: Iterable<string>, wantedPrefix?: string): ListedVolumes {
  const volumes: VolumeName[] = []
  for (const name of new Set(names)) {
    const volume = parseVolumeName(name, { prefix: wantedPrefix })
    if (volume !== undefined && volume.parity === undefined) volumes.push(volume)
  }
  const prefix = onlyPrefix(volumes, wantedPrefix)
  const ofType = (type: VolumeName['type']) =>
    volumes.filter((volume) => volume.prefix === prefix && volume.type === type)
  return {
    prefix,
    dlists: ofType('dlist').sort((a, b) => b.time! - a.time!),
    dindexes: ofType('dindex'),
    dblocks: ofType('dblock')
  }
}

function onlyPrefix(volumes: readonly VolumeName[], wanted: string | undefined): string {
  const prefixes = [
    ...new Set(volumes.filter(({ type }) => type === 'dlist').map(({ prefix }) => prefix))
  ].sort()
  if (prefixes.length > 1) {
    throw new CoreError(
      'DESTINATION_SEVERAL_BACKUPS',
      `Several backups lie at this place: choose one by its prefix, ${prefixes.slice(0, 20).join(', ')}`,
      { context: { prefixes: prefixes.slice(0, 20).join(', ') } }
    )
  }
  const [prefix] = prefixes
  if (prefix !== undefined) return prefix
  throw new CoreError(
    'DESTINATION_NO_BACKUP',
    `No version of a backup${wanted === undefined ? '' : ` with the prefix ${wanted}`} lies at this place`
  )
}

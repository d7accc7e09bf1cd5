import type { CallOptions, StorageBackend } from '@tercet/interface'
import { classifyRemoteName } from '@tercet/volume-format'

/** What a listing of one copy shows. */
export interface CopySurvey {
  /** Volumes with their sizes. */
  readonly volumes: ReadonlyMap<string, number | undefined>
  /** Names of the lists of versions by their times in milliseconds, the newest first. */
  readonly versions: readonly (readonly [time: number, name: string])[]
}

/** Lists a copy once. Rejects as the backend does. */
export async function surveyCopy(
  backend: StorageBackend,
  prefix: string,
  { signal }: CallOptions
): Promise<CopySurvey> {
  const volumes = new Map<string, number | undefined>()
  const versions: [number, string][] = []
  for await (const { path, sizeBytes } of backend.list({ recursive: false, signal })) {
    const known = classifyRemoteName(path, { prefix })
    if (known.kind !== 'volume') continue
    volumes.set(path, sizeBytes)
    const { type, time } = known.volume
    if (type === 'dlist' && time !== undefined) versions.push([time * 1000, path])
  }
  return { volumes, versions: versions.sort(([a], [b]) => b - a) }
}

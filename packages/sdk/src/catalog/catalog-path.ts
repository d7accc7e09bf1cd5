import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { StorageBackend } from '@tercet/interface'

type Environment = Readonly<Record<string, string | undefined>>

/** What the place of a catalog depends on, besides the destination. */
export interface CatalogPlace {
  readonly environment?: Environment | undefined
  readonly platform?: NodeJS.Platform | undefined
  readonly home?: string | undefined
}

/**
 * Where the catalog of a destination is kept unless somebody says otherwise: in the user's folder for data
 * (`$XDG_DATA_HOME`, on Linux `~/.local/share`), under an id made from the destination and the prefix.
 */
export function defaultCatalogPath(
  destination: Pick<StorageBackend, 'scheme' | 'displayName'>,
  prefix: string,
  place: CatalogPlace = {}
): string {
  return join(dataFolder(place), 'tercet', 'catalogs', `${destinationId(destination, prefix)}.sqlite`)
}

/** The same for each opening of the same place with the same prefix. Says nothing about either but the prefix. */
export function destinationId(
  destination: Pick<StorageBackend, 'scheme' | 'displayName'>,
  prefix: string
): string {
  const identity = JSON.stringify([destination.scheme, destination.displayName, prefix])
  const readable = prefix.replace(/[^a-z0-9_]/gi, '_').slice(0, 40)
  return `${readable}-${createHash('sha256').update(identity).digest('hex').slice(0, 24)}`
}

function dataFolder({
  environment = process.env,
  platform = process.platform,
  home = homedir()
}: CatalogPlace): string {
  const given = environment['XDG_DATA_HOME']
  if (given !== undefined && isAbsolute(given)) return given
  if (platform === 'win32') return environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  return join(home, '.local', 'share')
}

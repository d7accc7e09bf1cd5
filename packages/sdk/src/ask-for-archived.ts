import { type CallOptions, type Issue, isTercetError, type StorageBackend } from '@tercet/interface'
import { classifyRemoteName } from '@tercet/volume-format'

/** What became of the question for volumes in cold storage. */
export interface ArchivedResult {
  /** Names of the volumes that the store was asked for; it may be hours until they can be read. */
  readonly askedFor: readonly string[]
  /** Those that it could not be asked for. */
  readonly issues: readonly Issue[]
}

/** Asks for volumes by name. One that cannot be asked for is an issue, and stops no other. */
export async function askForArchived(
  backend: StorageBackend,
  names: Iterable<string>,
  { signal }: CallOptions
): Promise<ArchivedResult> {
  const askedFor: string[] = []
  const issues: Issue[] = []
  for (const name of names) {
    try {
      await backend.restoreArchived(name, { signal })
      askedFor.push(name)
    } catch (error) {
      signal?.throwIfAborted()
      if (!isTercetError(error)) throw error
      const { code, message } = error
      issues.push({ code, severity: 'error', message: `${name} was not asked for: ${message}`, volume: name })
    }
  }
  return { askedFor, issues }
}

/** Lists and indexes in cold storage, without which no catalog can be made. */
export async function archivedListsAndIndexes(
  backend: StorageBackend,
  prefix: string,
  { signal }: CallOptions
): Promise<string[]> {
  const names: string[] = []
  for await (const { path, archived } of backend.list({ recursive: false, signal })) {
    const known = classifyRemoteName(path, { prefix })
    if (archived === true && known.kind === 'volume' && known.volume.type !== 'dblock') names.push(path)
  }
  return names
}

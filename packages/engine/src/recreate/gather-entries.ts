import type { DlistEntry } from '@tercet/volume-format'

/** What the entries of one group may take in memory, about. */
const GROUP_BYTES = 128 * 1024
/** Of an entry, besides its path and its lists of blocks. */
const ENTRY_BYTES = 256

/**
 * Puts batches of a dlist together until they are worth a transaction, each of which waits for the disk: some hundred
 * entries, fewer where these have long lists of blocks. More would outlive several collections of young memory, which
 * costs what it saves. Order and number of the entries stay.
 */
export async function* gatherEntries(
  batches: AsyncIterable<readonly DlistEntry[]>,
  groupBytes = GROUP_BYTES
): AsyncGenerator<DlistEntry[], void, undefined> {
  let group: DlistEntry[] = []
  let bytes = 0
  for await (const entries of batches) {
    for (const entry of entries) {
      group.push(entry)
      bytes += bytesOf(entry)
    }
    if (bytes < groupBytes) continue
    yield group
    group = []
    bytes = 0
  }
  if (group.length > 0) yield group
}

function bytesOf({ path, blocklists, metaBlocklists }: DlistEntry): number {
  return ENTRY_BYTES + path.length + (blocklists?.length ?? 0) + (metaBlocklists?.length ?? 0)
}

import {
  ENTRY_FILE,
  ENTRY_FOLDER,
  ENTRY_SYMLINK,
  type EntryBatch,
  type NewBlockset,
  splitPath
} from '@tercet/core'
import { equalBytes, hashSizeBytes } from '@tercet/crypto'
import {
  contentLayout,
  type DlistEntry,
  metadataLayout,
  type StreamLayout,
  type VolumeSettings
} from '@tercet/volume-format'

const TYPES = { File: ENTRY_FILE, Folder: ENTRY_FOLDER, Symlink: ENTRY_SYMLINK } as const

/**
 * Packs entries of a dlist as the catalog takes them. Entries that do not say where their content is are left out and
 * reported; metadata that cannot be found is left out of its entry.
 */
export function packEntries(
  entries: readonly DlistEntry[],
  settings: VolumeSettings,
  onProblem: (path: string, error: unknown) => void
): EntryBatch {
  const kept = entries.flatMap((entry) => {
    const streams = streamsOf(entry, settings, onProblem)
    return streams === undefined ? [] : [{ entry, ...streams }]
  })
  const count = kept.length
  const width = hashSizeBytes(settings.fileHash)
  const folders = new Map<string, number>()
  const blocksets: NewBlockset[] = []
  const batch = {
    count,
    folderIndexes: new Uint32Array(count),
    names: new Array<string>(count),
    types: new Uint8Array(count),
    sizes: new Float64Array(count),
    mtimes: new Float64Array(count).fill(Number.NaN),
    hashes: new Uint8Array(count * width),
    metaHashes: new Uint8Array(count * width),
    metaSizes: new Int32Array(count).fill(-1),
    contents: new Int32Array(count).fill(-1),
    metaContents: new Int32Array(count).fill(-1)
  }
  const addBlockset = (layout: StreamLayout): number => {
    const blockset = blocksetOf(layout, settings)
    return blockset === undefined ? -1 : blocksets.push(blockset) - 1
  }
  kept.forEach(({ entry, content, metadata }, i) => {
    const { folder, name } = splitPath(entry.path)
    let index = folders.get(folder)
    if (index === undefined) {
      index = folders.size
      folders.set(folder, index)
    }
    batch.folderIndexes[i] = index
    batch.names[i] = name
    batch.types[i] = TYPES[entry.type]
    if (content !== undefined) {
      batch.sizes[i] = content.sizeBytes
      batch.hashes.set(content.hash, i * width)
      batch.contents[i] = addBlockset(content)
      if (entry.time !== undefined) batch.mtimes[i] = entry.time
    }
    if (metadata !== undefined) {
      batch.metaSizes[i] = metadata.sizeBytes
      batch.metaHashes.set(metadata.hash, i * width)
      batch.metaContents[i] = addBlockset(metadata)
    }
  })
  return { ...batch, folders: [...folders.keys()], blocksets }
}

function streamsOf(
  entry: DlistEntry,
  settings: VolumeSettings,
  onProblem: (path: string, error: unknown) => void
): { content: StreamLayout | undefined; metadata: StreamLayout | undefined } | undefined {
  let content: StreamLayout | undefined
  try {
    if (entry.type === 'File') content = contentLayout(entry, settings)
  } catch (error) {
    onProblem(entry.path, error)
    return undefined
  }
  try {
    return { content, metadata: metadataLayout(entry, settings) }
  } catch (error) {
    if (entry.metaHash !== undefined) onProblem(entry.path, error)
    return { content, metadata: undefined }
  }
}

/** What hash and size do not say of a stream's blocks. */
function blocksetOf(layout: StreamLayout, settings: VolumeSettings): NewBlockset | undefined {
  const { hash, sizeBytes: size } = layout
  if (layout.kind === 'block') {
    const isSame = layout.blockHash === hash || equalBytes(layout.blockHash, hash)
    return isSame ? undefined : { hash, size, block: layout.blockHash }
  }
  if (layout.kind !== 'lists') return undefined
  const width = hashSizeBytes(settings.blockHash)
  const blocklists: Uint8Array[] = []
  for (let at = 0; at < layout.blocklists.length; at += width) {
    blocklists.push(layout.blocklists.subarray(at, at + width))
  }
  return { hash, size, blocklists }
}

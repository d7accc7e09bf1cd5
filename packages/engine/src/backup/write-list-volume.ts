import {
  createListSpool,
  importVolumeKey,
  openCatalogReader,
  type VolumeFile,
  VolumeFileWriter,
  type VolumeKeyData
} from '@tercet/core'
import {
  type CompressionSetting,
  type ControlFile,
  type VolumeSettings,
  writeDlist
} from '@tercet/volume-format'
import { toDlistEntry } from './dlist-entries.ts'

/** What is needed to write the list of files of one version; plain data. */
export interface ListSetup {
  readonly catalogPath: string
  readonly seq: number
  readonly isFull: boolean
  readonly name: string
  /** Where the volume is written. */
  readonly path: string
  readonly createdAtMs: number
  readonly settings: VolumeSettings
  readonly compression: CompressionSetting
  readonly key: VolumeKeyData | undefined
  readonly controlFiles: readonly ControlFile[]
}

/** Writes the dlist of a version straight from the catalog, entry by entry (volume-format section 5). */
export async function writeListVolume(setup: ListSetup): Promise<VolumeFile> {
  const { path, name, settings, compression } = setup
  using reader = openCatalogReader(setup.catalogPath)
  using spool = createListSpool(`${path}.entries`)
  const key = setup.key && importVolumeKey(setup.key)
  const sink = new VolumeFileWriter({ path, key, fileHash: settings.fileHash })
  try {
    const entries = reader.entries.of({ seq: setup.seq, order: 'dlist' })
    await writeDlist({
      sink,
      spool,
      settings,
      compression,
      createdAt: new Date(setup.createdAtMs),
      isFull: setup.isFull,
      entries: mapped(entries, toDlistEntry),
      controlFiles: setup.controlFiles
    })
    return { name, path, ...sink.finish() }
  } catch (error) {
    sink.discard()
    throw error
  }
}

function* mapped<From, To>(items: Iterable<From>, change: (item: From) => To): Generator<To> {
  for (const item of items) yield change(item)
}

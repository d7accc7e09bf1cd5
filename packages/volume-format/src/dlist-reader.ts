import type { Archive } from './archive.ts'
import type { OpenedVolume } from './dblock-reader.ts'
import { DlistBatchParser } from './dlist-batch-parser.ts'
import type { DlistEntry } from './dlist-entry.ts'
import { JsonArraySplitter } from './json-array-splitter.ts'
import { decodeFileset, FILESET_ENTRY, MAX_MANIFEST_BYTES } from './manifest.ts'
import { VolumeError, type VolumeProblem } from './volume-error.ts'

export const FILELIST_ENTRY = 'filelist.json'
export const CONTROL_FOLDER = 'extra/'

/** Longest list that is read, unpacked: some hundred million entries. */
const MAX_LIST_BYTES = 32 * 1024 ** 3
/** Longest control file that is read. */
const MAX_CONTROL_BYTES = 256 * 1024 * 1024

/** A file that was stored along with a version and is no part of it. */
export interface ControlFile {
  /** Base name, without any separator. */
  readonly name: string
  readonly bytes: Uint8Array
}

export interface ReadEntriesOptions {
  /** Told of each entry that was left out, and why. */
  readonly onProblem?: ((problem: VolumeProblem) => void) | undefined
  /** Checked between batches. */
  readonly signal?: AbortSignal | undefined
}

/** A dlist opened for reading. */
export interface DlistReader extends OpenedVolume {
  readonly type: 'dlist'
  /** False for a partial version; read once, at opening. */
  readonly isFull: boolean
  /**
   * The entries in batches, in the order of the list, in memory bounded by the longest entry. Each path comes once, is
   * absolute and has no `..`; entries that break this, or cannot be understood, are reported and left out. Unknown
   * properties are passed over and the order of properties does not matter. Every call reads from the start.
   *
   * @throws VolumeError `VOLUME_LIST_INVALID` where the list is not JSON of the right shape; what was yielded before is
   * good
   */
  entries(options?: ReadEntriesOptions): AsyncGenerator<DlistEntry[], void, undefined>
  /** Names that are no base names are left out. */
  controlFiles(): Iterable<ControlFile>
}

/** @throws VolumeError `VOLUME_ENTRY_MISSING`, `VOLUME_LIST_INVALID` */
export function openDlistArchive(archive: Archive, opened: OpenedVolume): DlistReader {
  const list = archive.find(FILELIST_ENTRY)
  if (list < 0) {
    throw new VolumeError('VOLUME_ENTRY_MISSING', `${opened.name.name} has no entry "${FILELIST_ENTRY}"`)
  }
  const fileset = archive.find(FILESET_ENTRY)
  const isFull = fileset < 0 || decodeFileset(archive.read(fileset, MAX_MANIFEST_BYTES))

  return {
    ...opened,
    type: 'dlist',
    isFull,

    async *entries({ onProblem, signal } = {}) {
      const splitter = new JsonArraySplitter()
      const parser = new DlistBatchParser(opened.manifest, onProblem)
      for await (const chunk of archive.stream(list, MAX_LIST_BYTES)) {
        signal?.throwIfAborted()
        const entries = parser.parse(splitter.push(chunk))
        if (entries.length > 0) yield entries
      }
      const entries = parser.parse(splitter.end())
      if (entries.length > 0) yield entries
      signal?.throwIfAborted()
    },

    *controlFiles() {
      for (let entry = 0; entry < archive.directory.count; entry++) {
        const name = archive.name(entry)
        if (!name.startsWith(CONTROL_FOLDER)) continue
        const base = name.slice(CONTROL_FOLDER.length)
        if (!isControlFileName(base)) continue
        yield { name: base, bytes: new Uint8Array(archive.read(entry, MAX_CONTROL_BYTES)) }
      }
    }
  }
}

/** True for a name that can only name a file in the folder it is joined to. */
export function isControlFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\:\0]/.test(name)
}

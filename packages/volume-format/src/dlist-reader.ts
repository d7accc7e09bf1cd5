import type { Archive } from './archive.ts'
import type { OpenedVolume } from './dblock-reader.ts'
import { DlistBatchParser } from './dlist-batch-parser.ts'
import type { DlistEntry } from './dlist-entry.ts'
import { JsonArraySplitter } from './json-array-splitter.ts'
import { decodeFileset, FILESET_ENTRY, MAX_MANIFEST_BYTES } from './manifest.ts'
import { plausibleTextBytes, type ReadLimits } from './read-limits.ts'
import { VolumeError, type VolumeProblem } from './volume-error.ts'

export const FILELIST_ENTRY = 'filelist.json'
export const CONTROL_FOLDER = 'extra/'

/** Longest list that is read, unpacked: some hundred million entries. */
const MAX_LIST_BYTES = 32 * 1024 ** 3
/** Entries that are alike but for their names compress well; more than this is no list. */
const MAX_LIST_RATIO = 1000
/** A long entry is one with many hashes, which do not compress. */
const MAX_ITEM_RATIO = 16
/** Parsed JSON can take fifty times its length. */
const PARSE_BYTES = 32 * 1024
/** Problems that are told one by one. */
const MAX_PROBLEMS = 10_000
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
export function openDlistArchive(archive: Archive, opened: OpenedVolume, limits: ReadLimits): DlistReader {
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
      const packed = archive.directory.packedSizes[list]!
      const splitter = new JsonArraySplitter(
        plausibleTextBytes(packed, MAX_ITEM_RATIO, limits.maxEntryBytes),
        limits.maxJsonDepth
      )
      const parser = new DlistBatchParser(opened.manifest, limits.maxPathLength, boundedProblems(onProblem))
      for await (const chunk of archive.stream(
        list,
        plausibleTextBytes(packed, MAX_LIST_RATIO, MAX_LIST_BYTES)
      )) {
        signal?.throwIfAborted()
        for (let at = 0; at < chunk.length; at += PARSE_BYTES) {
          const entries = parser.parse(splitter.push(chunk.subarray(at, at + PARSE_BYTES)))
          if (entries.length > 0) yield entries
        }
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

/** A list that is nothing but problems is not made into as many objects. */
function boundedProblems(
  onProblem: ((problem: VolumeProblem) => void) | undefined
): ((problem: VolumeProblem) => void) | undefined {
  if (onProblem === undefined) return undefined
  let told = 0
  return (problem) => {
    told++
    if (told <= MAX_PROBLEMS) onProblem(problem)
    if (told !== MAX_PROBLEMS + 1) return
    const message = `More than ${MAX_PROBLEMS} entries of the file list are left out; no more of them are named`
    onProblem({ code: 'VOLUME_LIMIT_EXCEEDED', message })
  }
}

/** True for a name that can only name a file in the folder it is joined to. */
export function isControlFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\:\0]/.test(name)
}

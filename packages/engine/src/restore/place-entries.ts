import { type BigIntStats, lstatSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { CatalogReader, ResolvedVersion } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import { isTercetError } from '@tercet/interface'
import {
  conflictNames,
  createTargetMapper,
  currentPlatform,
  joinTarget,
  type TargetMapper
} from '@tercet/source-fs'
import { EngineError } from '../common/engine-error.ts'
import type { IssueLog } from '../common/issue-log.ts'
import type { StoredSettings } from '../common/stored-settings.ts'
import { LocalBlocks } from './block-sources.ts'
import { ClaimedFiles } from './claimed-files.ts'
import type { SelectedEntries } from './collect-entries.ts'
import { compareFiles, visitContent } from './compare-files.ts'
import { DROPPED, FILE, FOLDER, IN_PLACE, PRESENT, REPLACE, SYMLINK } from './entry-table.ts'
import { FolderList, folderOf } from './folder-list.ts'
import type { ExamineJob, ExamineResult } from './job-types.ts'
import type { ResolvedPlanOptions } from './restore-options.ts'

export interface PlaceRequest {
  readonly catalog: CatalogReader
  readonly selected: SelectedEntries
  readonly settings: StoredSettings
  readonly version: ResolvedVersion
  readonly options: ResolvedPlanOptions
  readonly issues: IssueLog
  /** Compares files with blocks, in whichever thread. */
  readonly examine: (job: ExamineJob) => Promise<ExamineResult>
}

/** Where each entry goes, and what of it is on this machine already. */
export interface Placement {
  /** The folder below which everything is written. */
  readonly root: string
  /** Relative to the root; undefined for an entry that has no place here. */
  pathOf(entry: number): string | undefined
  /** Folders that must exist, relative to the root, each before those in it. */
  readonly folders: readonly string[]
  /** One byte a block: 1 where the file to be patched holds it already. */
  equalBlocks(entry: number): Uint8Array | undefined
  /** Blocks found in files of this machine. */
  readonly localBlocks: LocalBlocks | undefined
  drop(entry: number, code: string, reason: string): void
}

/** @throws EngineError `RESTORE_NOT_ONE_FILE`, `ENGINE_ISSUE_ABORT` */
export async function placeEntries(request: PlaceRequest): Promise<Placement> {
  const placer = new Placer(request)
  placer.mapPaths()
  await placer.compareExisting()
  if (request.options.useLocalBlocks) await placer.compareOriginals()
  return placer
}

class Placer implements Placement {
  readonly folders: string[] = []
  localBlocks: LocalBlocks | undefined
  readonly #request: PlaceRequest
  readonly #renamed = new Map<number, string>()
  readonly #equal = new Map<number, Uint8Array>()
  readonly #claimed = new ClaimedFiles()
  #existing: number[] = []

  readonly #mapper: TargetMapper

  constructor(request: PlaceRequest) {
    this.#request = request
    const { options, selected } = request
    this.#mapper =
      options.toFile === undefined
        ? createTargetMapper({
            restorePath: options.to,
            prefix: selected.leftOutFolder,
            keepFullPaths: options.keepFullPaths
          })
        : oneFileMapper(resolve(options.toFile))
  }

  get root(): string {
    return this.#mapper.root
  }

  pathOf(entry: number): string | undefined {
    const renamed = this.#renamed.get(entry)
    if (renamed !== undefined) return renamed
    try {
      return this.#mapper.map(this.#request.selected.table.storedPath(entry))
    } catch (error) {
      if (isTercetError(error)) return undefined
      throw error
    }
  }

  equalBlocks(entry: number): Uint8Array | undefined {
    return this.#equal.get(entry)
  }

  drop(entry: number, code: string, reason: string): void {
    const { issues, selected } = this.#request
    const path = selected.table.storedPath(entry)
    selected.table.mark(entry, DROPPED)
    issues.add({ code, severity: 'error', message: `${path} cannot be restored: ${reason}`, path })
  }

  /** Decides every path, and finds out which files exist already. */
  mapPaths(): void {
    const { selected, options } = this.#request
    const { table } = selected
    if (options.toFile !== undefined) this.#assertOneFile()
    // After all that is restored before them, so that they never take the place of it.
    const links: number[] = []
    const folders = new FolderList(this.folders, (relative) => this.#stat(relative) === undefined)
    for (let entry = 0; entry < table.count; entry++) {
      const path = this.#tryMap(entry)
      if (path === undefined) continue
      const kind = table.kinds.at(entry)
      const isNew = folders.add(kind === FOLDER ? path : folderOf(path))
      if (isNew) continue
      if (kind === SYMLINK) links.push(entry)
      else this.#meet(entry, path, kind)
    }
    for (const entry of links) this.#meet(entry, this.pathOf(entry) as string, SYMLINK)
  }

  /** Takes note of what is in the place of an entry already. */
  #meet(entry: number, path: string, kind: number): void {
    const { options, selected } = this.#request
    const stat = this.#stat(path)
    if (stat === undefined) return
    // Without permission to replace, whatever comes second finds its name taken.
    if (options.overwrite !== 'rename' && !this.#claimed.claim(stat) && kind !== FOLDER) {
      this.drop(entry, 'RESTORE_CONFLICT', 'this file system gives its place to another path of the version')
    } else if (kind === FILE) this.#existing.push(entry)
    else if (kind === SYMLINK && options.overwrite !== 'rename') selected.table.mark(entry, REPLACE)
  }

  /** Compares the files that exist, and decides by the rule for conflicts what becomes of each. */
  async compareExisting(): Promise<void> {
    const { selected, options } = this.#request
    let attempt = this.#existing
    for (let round = 0; attempt.length > 0; round++) {
      const next: number[] = []
      await compareFiles(
        this.#request,
        attempt,
        (entry) => this.#fullPath(entry),
        (entry, isSame, equal) => {
          if (isSame) selected.table.mark(entry, PRESENT)
          else if (options.overwrite === 'rename') {
            if (round === 0) this.#offer(entry, this.#fullPath(entry), equal)
            if (this.#rename(entry)) next.push(entry)
          } else if (
            options.overwrite === 'overwrite' ||
            equal === undefined ||
            this.#isSharedBeyond(entry)
          ) {
            selected.table.mark(entry, REPLACE)
            this.#offer(entry, this.#fullPath(entry), equal)
          } else {
            selected.table.mark(entry, IN_PLACE)
            this.#equal.set(entry, equal)
          }
        }
      )
      attempt = next
    }
    this.#existing = []
  }

  /** Looks for wanted blocks in the files that were backed up. */
  async compareOriginals(): Promise<void> {
    const { selected } = this.#request
    const candidates: number[] = []
    for (let entry = 0; entry < selected.table.count; entry++) {
      if (selected.table.kinds.at(entry) !== FILE || selected.table.has(entry, DROPPED | PRESENT)) continue
      if (statOf(selected.table.storedPath(entry))?.isFile()) candidates.push(entry)
    }
    const original = (entry: number): string => selected.table.storedPath(entry)
    await compareFiles(this.#request, candidates, original, (entry, _isSame, equal) =>
      this.#offer(entry, original(entry), equal)
    )
  }

  /** A file with a name that is not part of this restore is replaced, never written into. */
  #isSharedBeyond(entry: number): boolean {
    const stat = statOf(this.#fullPath(entry))
    return stat === undefined || this.#claimed.hasOtherNames(stat)
  }

  #tryMap(entry: number): string | undefined {
    try {
      return this.#mapper.map(this.#request.selected.table.storedPath(entry))
    } catch (error) {
      if (!isTercetError(error)) throw error
      this.drop(entry, error.code, error.message)
      return undefined
    }
  }

  #fullPath(entry: number): string {
    return joinTarget(this.root, this.pathOf(entry) ?? '', currentPlatform())
  }

  #stat(relative: string): BigIntStats | undefined {
    return statOf(joinTarget(this.root, relative, currentPlatform()))
  }

  #assertOneFile(): void {
    const { selected } = this.#request
    if (selected.files === 1 && selected.table.count === 1) return
    throw new EngineError(
      'RESTORE_NOT_ONE_FILE',
      `A new name was given for one file, but ${selected.table.count} entries match. Narrow the selection, or give a folder`
    )
  }

  /** Gives the entry the first name of the series that is free, or is taken by a file that may be the same. */
  #rename(entry: number): boolean {
    const { selected, version } = this.#request
    const path = this.#mapper.map(selected.table.storedPath(entry))
    const folder = folderOf(path)
    const before = this.#renamed.get(entry)
    let isBehind = before === undefined
    for (const name of conflictNames(path.slice(path.lastIndexOf('/') + 1), new Date(version.time * 1000))) {
      const renamed = folder === '' ? name : `${folder}/${name}`
      if (!isBehind) {
        isBehind = renamed === before
        continue
      }
      this.#renamed.set(entry, renamed)
      return this.#stat(renamed) !== undefined
    }
    this.drop(entry, 'RESTORE_TOO_MANY_CONFLICTS', 'its name and all other names for it are taken')
    return false
  }

  /** Blocks of a file that are as wanted serve as a source. */
  #offer(entry: number, path: string, equal: Uint8Array | undefined): void {
    if (equal === undefined || !equal.includes(1)) return
    const { settings } = this.#request
    this.localBlocks ??= new LocalBlocks(hashSizeBytes(settings.blockHash))
    const local = this.localBlocks
    const file = local.addFile(path)
    visitContent(this.#request, entry, (hashes, offset, length, index) => {
      if (equal[index] === 1) local.addBlock(file, index * settings.blocksize, hashes, offset, length)
    })
  }
}

function oneFileMapper(path: string): TargetMapper {
  return { root: dirname(path), map: () => basename(path) }
}

/** Where nothing can be seen, as behind a file in place of a folder, writing will tell why, of that entry alone. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false, bigint: true })
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error
    return undefined
  }
}

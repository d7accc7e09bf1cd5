import {
  type CatalogReader,
  createListSpool,
  type EntryRow,
  importVolumeKey,
  openCatalogReader,
  type VolumeFile,
  VolumeFileWriter,
  type VolumeKeyData
} from '@tercet/core'
import {
  type CompressionSetting,
  type ControlFile,
  type DlistEntry,
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

/** Folders whose entries are to be written now: those before this one, or all that are left. */
interface Stretch {
  readonly before: string | undefined
  readonly done: () => void
}

const ENTRIES_AT_ONCE = 500

/**
 * Writes the dlist of a version straight from the catalog (volume-format section 5), as far as it is told each time:
 * what comes before a folder may be written while what comes behind it is still being recorded.
 */
export class ListWriter implements AsyncDisposable {
  readonly #setup: ListSetup
  readonly #reader: CatalogReader
  readonly #spool: ReturnType<typeof createListSpool>
  readonly #sink: VolumeFileWriter
  readonly #written: Promise<unknown>
  #stretch = Promise.withResolvers<Stretch>()

  constructor(setup: ListSetup) {
    const { path, settings, compression, isFull, controlFiles } = setup
    this.#setup = setup
    this.#reader = openCatalogReader(setup.catalogPath)
    this.#spool = createListSpool(`${path}.entries`)
    const key = setup.key && importVolumeKey(setup.key)
    this.#sink = new VolumeFileWriter({ path, key, fileHash: settings.fileHash })
    this.#written = writeDlist({
      sink: this.#sink,
      spool: this.#spool,
      settings,
      compression,
      createdAt: new Date(setup.createdAtMs),
      isFull,
      entries: this.#entries(),
      controlFiles
    })
    // Told to whoever wants the list to be written.
    this.#written.catch(() => {})
  }

  /** Writes the entries of all folders before this one. */
  async writeBefore(folder: string): Promise<void> {
    await Promise.race([new Promise<void>((done) => this.#order(folder, done)), this.#written])
  }

  /** Writes the entries that are left, and completes the file. */
  async finish(): Promise<VolumeFile> {
    const { name, path } = this.#setup
    this.#order(undefined, () => {})
    await this.#written
    return { name, path, ...this.#sink.finish() }
  }

  /** A list that is not finished is removed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stretch.reject(new Error('The list is not wanted any more'))
    const isWritten = await this.#written.then(
      () => true,
      () => false
    )
    if (!isWritten) this.#sink.discard()
    this.#spool[Symbol.dispose]()
    this.#reader.close()
  }

  #order(before: string | undefined, done: () => void): void {
    this.#stretch.resolve({ before, done })
  }

  async *#entries(): AsyncGenerator<readonly DlistEntry[]> {
    const { seq } = this.#setup
    for (let fromFolder = ''; ; ) {
      const { before, done } = await this.#stretch.promise
      this.#stretch = Promise.withResolvers()
      this.#stretch.promise.catch(() => {})
      yield* inBatches(this.#reader.entries.of({ seq, fromFolder, beforeFolder: before }))
      done()
      if (before === undefined) return
      fromFolder = before
    }
  }
}

function* inBatches(rows: Iterable<EntryRow>): Generator<readonly DlistEntry[]> {
  let batch: DlistEntry[] = []
  for (const row of rows) {
    batch.push(toDlistEntry(row))
    if (batch.length < ENTRIES_AT_ONCE) continue
    yield batch
    batch = []
  }
  yield batch
}

/** One step of a list: begins another one where there is a setup, and completes it where `before` is undefined. */
export interface ListJob {
  readonly setup: ListSetup | undefined
  readonly before: string | undefined
}

/** The list that a worker is writing, of which there is one at most. */
export class ListWriting implements AsyncDisposable {
  #list: ListWriter | undefined

  async step({ setup, before }: ListJob): Promise<VolumeFile | undefined> {
    if (setup !== undefined) {
      await this[Symbol.asyncDispose]()
      this.#list = new ListWriter(setup)
    }
    if (before !== undefined) return (await this.#list?.writeBefore(before)) as undefined
    const file = await this.#list?.finish()
    await this[Symbol.asyncDispose]()
    return file
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const list = this.#list
    this.#list = undefined
    await list?.[Symbol.asyncDispose]()
  }
}

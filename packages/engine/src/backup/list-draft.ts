import { rmSync } from 'node:fs'
import type { VolumeFile } from '@tercet/core'
import { type PublishOptions, writeList } from './publish-version.ts'
import type { VersionWriter } from './version-writer.ts'

/**
 * The list of a full version, written while its last volumes are finished and sent. It holds as long as nothing of the
 * version changes any more, as false hits or a quota would make it.
 */
export class ListDraft {
  readonly #writer: VersionWriter
  readonly #revision: number
  readonly #file: Promise<VolumeFile>

  constructor(writer: VersionWriter, options: PublishOptions) {
    this.#writer = writer
    this.#file = writeList(writer.begin(), true, options)
    this.#revision = writer.revision
    // Whoever takes the list hears of it; nobody does when the run fails before.
    this.#file.catch(() => {})
  }

  /** The list; undefined when it is not that of the version as it is now: its file is removed. */
  async take(isFull: boolean): Promise<VolumeFile | undefined> {
    const file = await this.#file
    if (isFull && this.#revision === this.#writer.revision) return file
    rmSync(file.path, { force: true })
    return undefined
  }
}

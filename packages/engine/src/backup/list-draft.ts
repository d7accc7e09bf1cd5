import { rmSync } from 'node:fs'
import type { VolumeFile } from '@tercet/core'
import { SCAN_WORKER } from './backup-pool.ts'
import { listSetup, type PublishOptions } from './publish-version.ts'
import type { VersionWriter } from './version-writer.ts'

/**
 * The list of a full version, written before it is known whether it is going to be one: behind the walk, as far as
 * everything is recorded, and to its end while the last volumes are finished and sent. It holds as long as nothing
 * changes any more of what it has, as false hits or a folder that turns out to be gone would make it.
 */
export class ListDraft {
  readonly #writer: VersionWriter
  readonly #options: PublishOptions
  readonly #follower: number | undefined
  #worker = SCAN_WORKER
  #revision = 0
  #steps: Promise<VolumeFile | undefined> | undefined
  #isComplete = false

  /** `follower` is the worker that writes while another one walks; undefined: nothing is written before the end. */
  constructor(writer: VersionWriter, options: PublishOptions, follower: number | undefined) {
    this.#writer = writer
    this.#options = options
    this.#follower = follower
  }

  /** Everything in folders before this one is recorded. Without a change so far, nothing is written. */
  advance(folder: string): void {
    if (!this.#writer.hasChanges || this.#follower === undefined) return
    this.#worker = this.#follower
    this.#write(folder)
  }

  /** Everything is recorded. */
  complete(): void {
    if (!this.#writer.hasChanges) return
    this.#isComplete = true
    this.#write(undefined)
  }

  /** The list; undefined when it is not that of the version as it is now. */
  async take(isFull: boolean): Promise<VolumeFile | undefined> {
    if (!this.#isComplete) return undefined
    const file = (await this.#steps)!
    if (isFull && this.#revision === this.#writer.revision) return file
    rmSync(file.path, { force: true })
    return undefined
  }

  #write(before: string | undefined): void {
    const { pool, signal } = this.#options
    const writer = this.#writer
    const previous = this.#steps
    if (previous === undefined) this.#revision = writer.revision
    const setup =
      previous === undefined ? listSetup(writer.begin(), true, this.#options, '.draft') : undefined
    writer.listed(before)
    const step = pool.run('backup-list', { setup, before }, { signal, worker: this.#worker })
    this.#steps = previous === undefined ? step : previous.then(() => step)
    // Whoever takes the list hears of it; nobody does when the run fails before.
    step.catch(() => {})
    this.#steps.catch(() => {})
  }
}

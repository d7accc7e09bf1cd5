import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { GetOptions, StorageBackend } from '@tercet/interface'
import { ForwardingBackend } from '@tercet/storage-layers'

/** A destination whose files are not on this machine, as far as it tells: what is read of it is fetched, and counted. */
export class FarBackend extends ForwardingBackend {
  /** Names in the order in which they were asked for, each time. */
  readonly fetched: string[] = []
  /** The most that lay in the folder for temporary files at a time. */
  mostSpooledBytes = 0
  readonly #spoolFolder: string

  constructor(inner: StorageBackend, spoolFolder: string) {
    super(inner)
    this.#spoolFolder = spoolFolder
  }

  override async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array> {
    this.fetched.push(path)
    for await (const chunk of this.inner.get(path, options)) {
      yield chunk
      this.mostSpooledBytes = Math.max(this.mostSpooledBytes, this.#spooledBytes())
    }
  }

  override async localFile(): Promise<undefined> {}

  #spooledBytes(): number {
    const files = readdirSync(this.#spoolFolder, { recursive: true }) as string[]
    const fetched = files.filter((name) => basename(name).startsWith('fetched-'))
    return fetched.reduce((sum, name) => sum + statSync(join(this.#spoolFolder, name)).size, 0)
  }
}

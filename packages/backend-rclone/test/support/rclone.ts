import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTemporaryFolder, type TemporaryFolder } from '@tercet/testkit-data'

/** A configuration of rclone with remotes of its own, in a folder that goes at the end. */
export class TestRclone implements AsyncDisposable {
  readonly #folder: TemporaryFolder
  #stores = 0

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder
  }

  static async create(): Promise<TestRclone> {
    return new TestRclone(await createTemporaryFolder('tercet-rclone-'))
  }

  get configFile(): string {
    return join(this.#folder.path, 'rclone.conf')
  }

  path(name: string): string {
    return join(this.#folder.path, name)
  }

  /** Writes the sections of the configuration. */
  async configure(sections: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void> {
    const lines = Object.entries(sections).flatMap(([name, values]) => [
      `[${name}]`,
      ...Object.entries(values).map(([key, value]) => `${key} = ${value}`)
    ])
    await writeFile(this.configFile, `${lines.join('\n')}\n`)
  }

  /** A remote named `box` on a new folder of this machine. */
  async box(): Promise<string> {
    const folder = this.path(`store-${++this.#stores}`)
    await mkdir(folder)
    await this.configure({ box: { type: 'alias', remote: folder } })
    return folder
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]()
  }
}

import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that is removed with all it holds when it is disposed of. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
  /** The path of something below it. */
  join(...segments: readonly string[]): string
  [Symbol.asyncDispose](): Promise<void>
}

/** A new, empty folder with no symbolic link in its path, in `TMPDIR`. */
export async function createTemporaryFolder(prefix = 'tercet-'): Promise<TemporaryFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), prefix)))
  return {
    path,
    join: (...segments) => join(path, ...segments),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 })
  }
}

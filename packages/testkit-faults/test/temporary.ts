import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function createTemporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'tercet-faults-'))
  return {
    join: (name: string) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true })
  }
}

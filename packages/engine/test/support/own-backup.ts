import { mkdirSync, writeFileSync } from 'node:fs'
import { createFileBackend } from '@tercet/backend-file'
import { openCatalog } from '@tercet/core'
import type { Clock } from '@tercet/interface'
import { createTemporaryFolder, type TemporaryFolder } from '@tercet/testkit-data'
import { backup } from '../../src/backup/backup.ts'
import type { EngineContext } from '../../src/common/context.ts'

export interface OwnBackup extends AsyncDisposable {
  readonly folder: TemporaryFolder
  readonly source: string
  readonly destination: string
  readonly context: EngineContext
  /** Stores what is in the source as one more version. */
  backUp(): Promise<void>
}

/** A source folder and a destination of our own, both empty, with small blocks. */
export async function openOwnBackup(): Promise<OwnBackup> {
  const folder = await createTemporaryFolder('tercet-own-')
  const source = folder.join('source')
  const destination = folder.join('destination')
  mkdirSync(source)
  mkdirSync(destination)
  const backend = createFileBackend({ path: destination })
  const catalog = await openCatalog({ path: folder.join('catalog.sqlite') })
  // Versions are a second apart; no test waits for that.
  let now = Date.parse('2026-01-01T00:00:00Z')
  const clock: Clock = {
    now: () => (now += 1000),
    monotonic: () => performance.now(),
    sleep: async (milliseconds) => {
      now += milliseconds
    }
  }
  const context: EngineContext = { backend, catalog, passphrase: 'pw', workers: 0, clock }
  return {
    folder,
    source,
    destination,
    context,
    async backUp() {
      const result = await backup(context, { sources: [source], blockSizeBytes: 1024 })
      if (result.outcome !== 'success')
        throw new Error(`The backup ended with ${JSON.stringify(result.issues)}`)
    },
    async [Symbol.asyncDispose]() {
      catalog.close()
      await backend[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    }
  }
}

/** Writes a file of so many bytes that differ with the seed. */
export function writeNoise(path: string, sizeBytes: number, seed: number): void {
  const bytes = new Uint8Array(sizeBytes)
  let state = (seed + 1) >>> 0
  for (let i = 0; i < sizeBytes; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  writeFileSync(path, bytes)
}

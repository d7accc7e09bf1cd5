import { createFileBackend } from '@tercet/backend-file'
import { type Catalog, openCatalog } from '@tercet/core'
import { copyFixture, type FixtureCopy } from '@tercet/testkit-data'
import type { EngineContext } from '../../src/common/context.ts'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'

/** Destinations of Duplicati that this version of the library reads. */
export const FIXTURES = [
  'plain-zip',
  'aes-v2',
  'aes-v2-passphrase',
  'aes-v3',
  'zip-zstd',
  'mixed-methods',
  'index-lookup',
  'index-none',
  'prefix',
  'skip-metadata',
  'deleted-compacted',
  'purged',
  'interrupted',
  'large-blocks',
  'parity',
  'control-files',
  'hashes',
  'hashes-384-1',
  'odd-block',
  'tgz',
  'tzstd',
  'gpg'
] as const

export interface FixtureContext extends AsyncDisposable {
  readonly fixture: FixtureCopy
  readonly context: EngineContext
  readonly prefix: string
}

/** A fixture's copy with an empty catalog. */
export async function openFixtureContext(name: string, workers = 0): Promise<FixtureContext> {
  const fixture = await copyFixture(name)
  const catalog: Catalog = await openCatalog({ path: undefined })
  const backend = createFileBackend({ path: fixture.destination })
  const { passphrase, options } = fixture.info
  const prefix = options.find((option) => option.startsWith('--prefix='))?.slice(9) ?? 'duplicati'
  return {
    fixture,
    context: { backend, catalog, passphrase, workers },
    prefix,
    async [Symbol.asyncDispose]() {
      catalog.close()
      await backend[Symbol.asyncDispose]()
      await fixture[Symbol.asyncDispose]()
    }
  }
}

/** The same with the catalog recreated. */
export async function openRecreatedFixture(name: string, workers = 0): Promise<FixtureContext> {
  const opened = await openFixtureContext(name, workers)
  await recreateCatalog(opened.context, { prefix: opened.prefix })
  return opened
}

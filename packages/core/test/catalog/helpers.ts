import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { type OpenCatalogOptions, openCatalog } from '../../src/catalog/open-catalog.ts'

export * from './entry-batches.ts'

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tercet-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A catalog that is closed when the test ends. */
export async function testCatalog(options: Partial<OpenCatalogOptions> = {}): Promise<Catalog> {
  const catalog = await openCatalog({ path: join(temporaryFolder(), 'catalog.sqlite'), ...options })
  onTestFinished(() => catalog.close())
  return catalog
}

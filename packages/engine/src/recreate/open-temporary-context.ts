import { openCatalog } from '@tercet/core'
import type { EngineContext } from '../common/context.ts'
import { recreateCatalog } from './recreate-catalog.ts'
import type { RecreateOptions, RecreateResult } from './recreate-options.ts'

/** A context whose catalog lives as long as it does. */
export interface TemporaryContext extends AsyncDisposable {
  readonly context: EngineContext
  /** What reading the destination has shown. */
  readonly recreated: RecreateResult
}

/**
 * Everything that a restore or a listing needs, from the destination alone: a temporary catalog is made of its lists
 * and indexes, of one version only where `options` choose one. In that case the version has the number 0 in it.
 *
 * @throws what {@link recreateCatalog} throws
 */
export async function openTemporaryContext(
  context: Omit<EngineContext, 'catalog'>,
  options: RecreateOptions = {}
): Promise<TemporaryContext> {
  const catalog = await openCatalog({ path: undefined, temporaryFolder: context.spoolFolder })
  try {
    const temporary = { ...context, catalog }
    const recreated = await recreateCatalog(temporary, options)
    return {
      context: temporary,
      recreated,
      async [Symbol.asyncDispose]() {
        catalog.close()
      }
    }
  } catch (error) {
    catalog.close()
    throw error
  }
}

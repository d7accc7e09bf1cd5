import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { requireStoredSettings } from '../common/stored-settings.ts'
import { VolumeFetcher } from '../common/volume-fetcher.ts'
import { createEnginePool } from '../engine-pool.ts'
import { resolveVerifyOptions, type VerifyOptions, type VerifyResult } from './verify-options.ts'

/**
 * Checks the destination against the catalog: the listing always, and a choice of volumes by their bytes. Nothing
 * stops it: every defect is collected, with the files and versions that it harms.
 *
 * @throws CoreError `CATALOG_NO_SUCH_VERSION`; EngineError `ENGINE_CATALOG_EMPTY`, `ENGINE_PASSPHRASE_MISSING`, `ENGINE_PASSPHRASE_WRONG`;
 * ConfigurationError; StorageError when the destination cannot be listed; the reason of `signal`
 */
export async function verify(context: EngineContext, options: VerifyOptions = {}): Promise<VerifyResult> {
  const resolved = resolveVerifyOptions(options)
  const settings = requireStoredSettings(context.catalog)
  if (settings.encrypted && context.passphrase === undefined) {
    throw new EngineError('ENGINE_PASSPHRASE_MISSING', 'The destination is encrypted: give its passphrase')
  }
  const [{ Verification }, { verifyJobs }] = await Promise.all([
    import('./verification.ts'),
    import('./verify-jobs.ts')
  ])
  await using pool = createEnginePool(context, verifyJobs)
  using fetcher = new VolumeFetcher(context.backend, context.spoolFolder)
  return await new Verification({ context, options, resolved, settings, pool, fetcher }).run()
}

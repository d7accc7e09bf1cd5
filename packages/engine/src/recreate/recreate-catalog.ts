import { systemClock } from '@tercet/interface'
import type { EngineContext } from '../common/context.ts'
import { eventSink } from '../common/events.ts'
import { IssueLog } from '../common/issue-log.ts'
import { resolveVersionChoice } from '../common/select-version.ts'
import { readStoredSettings } from '../common/stored-settings.ts'
import { listDestination, VolumeFetcher } from '../common/volume-fetcher.ts'
import { createVolumeKeyring } from '../common/volume-keys.ts'
import { type RecreateOptions, type RecreateResult, resolveRecreateOptions } from './recreate-options.ts'

const DEFAULT_PREFIX = 'duplicati'

/**
 * Takes every volume of the destination into the catalog that it does not know yet: all of them where the catalog is
 * new, nothing where it is up to date. Each volume is taken in by one transaction, so that a run that was interrupted
 * is continued by the next one, which fetches only what is missing. Volumes of blocks are fetched only when indexes
 * are missing or damaged. With `version` or `time` only that version is taken in: enough to list and restore it, not
 * to continue the backup.
 *
 * Damaged volumes are issues and are worked around where other volumes allow it.
 *
 * @throws EngineError `RECREATE_DESTINATION_EMPTY`, `RECREATE_NO_BACKUP`, `RECREATE_OTHER_PREFIX`,
 * `RECREATE_NO_VERSION_READABLE`, `ENGINE_PASSPHRASE_MISSING`, `ENGINE_PASSPHRASE_WRONG`, `ENGINE_ISSUE_ABORT`;
 * VolumeError `VOLUME_BLOCKSIZE_LIMIT`, `VOLUME_MANIFEST_VERSION`, `VOLUME_UNSUPPORTED_COMPRESSION`, `VOLUME_UNSUPPORTED_ENCRYPTION`;
 * CoreError `CATALOG_NO_SUCH_VERSION`; StorageError; the reason of `signal`
 */
export async function recreateCatalog(
  context: EngineContext,
  options: RecreateOptions = {}
): Promise<RecreateResult> {
  const resolved = resolveRecreateOptions(options)
  const hasChoice = options.version !== undefined || options.time !== undefined
  const choice = hasChoice ? resolveVersionChoice(options, (context.clock ?? systemClock).now()) : undefined
  const [{ surveyDestination }, { CatalogImport }, { RecreateRun }] = await Promise.all([
    import('./survey-destination.ts'),
    import('./catalog-import.ts'),
    import('./recreate-run.ts')
  ])
  const emit = eventSink(options.onEvent)
  const issues = new IssueLog(options, (issue) => emit({ type: 'issue', issue }))
  const { backend, catalog, spoolFolder } = context
  const keyring = createVolumeKeyring(context)
  const { signal } = options
  emit({ type: 'phase-start', phase: 'recreate' })
  const settings = readStoredSettings(catalog)
  const prefix = resolved.prefix ?? settings?.prefix ?? DEFAULT_PREFIX
  const listing = await listDestination(backend, { signal })
  const survey = surveyDestination(listing, {
    prefix,
    hasPassphrase: keyring !== undefined,
    allowNoVersion: resolved.allowNoVersion
  })
  using fetcher = new VolumeFetcher(backend, spoolFolder)
  const importer = new CatalogImport(catalog, { keyring, maxBlocksize: context.maxBlocksize }, settings)
  const run = new RecreateRun({ catalog, survey, prefix, choice, fetcher, importer, issues, emit, signal })
  await run.execute()
  emit({ type: 'phase-end', phase: 'recreate' })
  return {
    outcome: issues.outcome,
    versions: run.versions,
    fetchedVolumes: fetcher.volumes,
    fetchedBytes: fetcher.bytes,
    fetchedDblocks: run.fetchedDblocks,
    missingBlocks: run.missingBlocks,
    missingBlocklists: run.missingBlocklists,
    issues: issues.kept
  }
}

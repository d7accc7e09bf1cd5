import type { EngineContext } from '../common/context.ts'
import { type BackupOptions, resolveBackupOptions } from './backup-options.ts'
import type { BackupResult } from './backup-result.ts'
import type { BackupInternals } from './backup-run.ts'
import { scanOptionsOf } from './backup-setup.ts'

/**
 * Makes a new version of the sources at the destination. Nothing is published before all of its volumes are
 * acknowledged; whatever interrupts the run, all earlier versions stay as they are and the next run goes on where this
 * one was. Without any change no version is made.
 *
 * @throws ConfigurationError `CONFIG_*`, SourceError `SOURCE_*` and `FILTER_INVALID` before any I/O at the destination
 * @throws EngineError `BACKUP_*`, `ENGINE_ISSUE_ABORT`; CoreError; StorageError; `signal.reason`
 */
export function backup(context: EngineContext, options: BackupOptions): Promise<BackupResult> {
  return runBackup(context, options, {})
}

/** @internal {@link backup} with its inner workings changed. */
export async function runBackup(
  context: EngineContext,
  options: BackupOptions,
  internals: BackupInternals
): Promise<BackupResult> {
  const resolved = resolveBackupOptions(options)
  // Most of the engine hangs on these, and programs that only look start sooner without.
  const [{ resolveScanOptions }, { BackupRun }] = await Promise.all([
    import('@tercet/source-fs'),
    import('./backup-run.ts')
  ])
  resolveScanOptions(scanOptionsOf(resolved))
  resolved.signal?.throwIfAborted()
  await using run = new BackupRun(context, resolved, internals)
  return await run.execute()
}

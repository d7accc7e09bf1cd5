import {
  type BackupResult,
  backup,
  type CompactResult,
  type EngineContext,
  type ExtendLocksResult,
  extendLocks,
  type IssueOptions,
  planDelete,
  type VerifyResult,
  verify
} from '@tercet/engine'
import {
  type CallOptions,
  ConfigurationError,
  type Issue,
  type IssueDecision,
  outcomeOf,
  type Secret,
  systemClock
} from '@tercet/interface'
import { compactSmallVolumes, type DeleteResult, deleteAndCompact } from './delete-and-compact.ts'
import { quotaIssues } from './destination/quota-issues.ts'
import type { PassphraseProvider } from './open-options.ts'
import type { RunOptions } from './operation-options.ts'
import { worst } from './outcomes.ts'
import type { PreparedRun, RunPlace } from './prepare-run.ts'
import type { ReplicationResult } from './replication/replication-result.ts'
import { sampleCount } from './test-samples.ts'

/** A backup with what was done at the destination afterwards. @internal */
export interface BackedUp extends BackupResult {
  /** What the verification afterwards has found; undefined: there was none. */
  readonly verification: VerifyResult | undefined
  /** Which versions went by the rules of retention; undefined: there are none, or the run did not end well. */
  readonly deletion: DeleteResult | undefined
  /** What the compaction afterwards did, whether versions were deleted or small volumes gathered; undefined: there was none. */
  readonly compaction: CompactResult | undefined
  /** What became of the object locks; undefined: none were asked for, or the destination has none. */
  readonly locks: ExtendLocksResult | undefined
}

export interface RunResult extends BackedUp {
  /** What became of the replicas; undefined: there are none. */
  readonly replication: ReplicationResult | undefined
}

/** The passphrase that a run uses: `none` where a new destination is not to be encrypted. */
export async function passphraseForRun({
  survey,
  options,
  passphrase
}: RunPlace): Promise<Secret | string | undefined> {
  const isPlain = survey.encryption === undefined && options.encryption === 'none'
  if (isPlain || options.encryptKeys !== undefined) return isPlain ? undefined : passphrase
  const isNew = survey.volumes.size === 0
  if (passphrase !== undefined || !isNew) return passphrase
  const found = await ask(options.passphrase)
  if (found !== undefined && found !== '') return found
  throw new ConfigurationError(
    'CONFIG_MISSING',
    'A new destination is encrypted: give a passphrase, or say that it is not to be (encryption "none", --no-encryption)',
    { context: { key: 'passphrase' } }
  )
}

async function ask(
  passphrase: Secret | string | PassphraseProvider | undefined
): Promise<Secret | string | undefined> {
  return typeof passphrase === 'function' ? await passphrase({ isNew: true }) : passphrase
}

/**
 * Backs up, then verifies samples, then deletes what the rules of retention let go, then puts small volumes together, and
 * at last locks what the newest version needs.
 */
export async function runBackup(
  { backend, catalogs, survey, options: open }: RunPlace,
  { options, onEvent, samples, quota, retention, compaction }: PreparedRun,
  passphrase: Secret | string | undefined
): Promise<BackedUp> {
  const { signal, onIssue, dryRun, verifyListing } = options
  const found: Issue[] = []
  const calls = { passphrase, signal, onEvent, onIssue: (issue: Issue) => noted(issue, found, onIssue) }
  const context = dryRun ? await catalogs.forTrying(calls) : await catalogs.forWriting(calls)
  const startedAt = (open.clock ?? systemClock).now()
  // Where there were versions it is a disk that is not mounted, which the backup tells.
  const isToMake = survey.isMissing && context.catalog.filesets.versions().length === 0
  const target = isToMake ? await makeDestination(context, dryRun === true, signal) : context
  const result = withIssues(await backup(target, { ...options, onEvent }), found)
  if (!hasEndedWell(result) || result.isDryRun)
    return {
      ...result,
      verification: undefined,
      deletion: undefined,
      compaction: undefined,
      locks: undefined
    }
  const calling = { signal, onEvent, onIssue }
  const count = verifyListing === false ? 0 : sampleCount(target.catalog, samples)
  const verification = count === 0 ? undefined : await verify(target, { samples: count, ...calling })
  // Where something is damaged, an older version may be the only one that is whole.
  const deletion =
    retention === undefined || verification?.outcome === 'error'
      ? undefined
      : await deleteAndCompact(
          target,
          await planDelete(target, { ...retention, signal }),
          { ...calling, verifyListing: false },
          compaction
        )
  const small =
    deletion?.compaction !== undefined || verification?.outcome === 'error'
      ? undefined
      : await compactSmallVolumes(target, calling, compaction)
  const locks = backend.capabilities.objectLock
    ? await lockNewest(target, open.lockDurationMs, startedAt, calling)
    : undefined
  const near = await quotaIssues(backend, target.catalog, options.quotaBytes, quota, { signal })
  const others = [...(small?.issues ?? []), ...near]
  for (const issue of others) onEvent?.({ type: 'issue', issue })
  const told = {
    ...result,
    issues: [...result.issues, ...others],
    issueCount: result.issueCount + others.length
  }
  const outcome = worst(
    result.outcome,
    verification?.outcome,
    deletion?.outcome,
    small?.compaction?.outcome,
    locks?.outcome,
    outcomeOf(others)
  )
  return {
    ...told,
    outcome,
    verification,
    deletion,
    compaction: deletion?.compaction ?? small?.compaction,
    locks
  }
}

/** What was stored by this run was locked with its put, so it lasts long enough. */
async function lockNewest(
  context: EngineContext,
  durationMs: number | undefined,
  startedAt: number,
  calls: IssueOptions & CallOptions
): Promise<ExtendLocksResult | undefined> {
  if (durationMs === undefined) return undefined
  return await extendLocks(context, { ...calls, durationMs, atLeastUntil: new Date(startedAt + durationMs) })
}

function hasEndedWell({ outcome }: BackupResult): boolean {
  return outcome === 'success' || outcome === 'warning'
}

/** A dry run must not make the place, so it looks at an empty one in memory. */
async function makeDestination(
  context: EngineContext,
  dryRun: boolean,
  signal: AbortSignal | undefined
): Promise<EngineContext> {
  if (dryRun) {
    const { createMemoryBackend } = await import('@tercet/backend-memory')
    return { ...context, backend: createMemoryBackend() }
  }
  if (context.backend.capabilities.createFolder) await context.backend.createFolder('', { signal })
  return context
}

function noted(issue: Issue, found: Issue[], onIssue: RunOptions['onIssue']): IssueDecision | undefined {
  found.push(issue)
  return onIssue?.(issue)
}

/** What was found when the catalog was made for the run comes first. It may be grave, and the run is done all the same. */
function withIssues(result: BackupResult, found: readonly Issue[]): BackupResult {
  if (found.length === 0) return result
  return {
    ...result,
    outcome: worst(result.outcome, 'warning'),
    issues: [...found, ...result.issues],
    issueCount: found.length + result.issueCount
  }
}

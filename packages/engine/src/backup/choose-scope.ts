import type { Fileset } from '@tercet/core'
import type { VersionCoverage } from '../common/version-coverage.ts'
import type { ResolvedBackupOptions, SourceChanges } from './backup-options.ts'
import { resolvePathList } from './resolve-listed.ts'

/** What of the sources a run looks at. */
export type RunScope =
  | { readonly kind: 'all' }
  /** These paths, and whoever asked says what is gone. */
  | { readonly kind: 'listed'; readonly changed: readonly string[]; readonly deleted: readonly string[] }
  /** What is known to have changed since the version before. */
  | { readonly kind: 'changed'; readonly paths: readonly string[]; readonly trees: readonly string[] }

/** How a version of this scope found out what changed. */
export function coverageOf(
  scope: RunScope,
  changes: SourceChanges | undefined
): Omit<VersionCoverage, 'lastFullScanAt'> {
  if (scope.kind === 'all') return { kind: 'scan' }
  if (scope.kind === 'listed') return { kind: 'listed' }
  return { kind: changes?.hasGaps === true ? 'mixed' : 'events', since: changes?.since }
}

/** What is known of the version before. */
export interface ScopeGrounds {
  /** Undefined: there is none. */
  readonly newest: Fileset | undefined
  /** Some of its entries have to be read again, whether they changed or not. */
  readonly mustReread: boolean
}

/**
 * Chooses what to look at. Changes since the version before are of use only where that version is whole, so that nothing
 * of it has to be made up for: otherwise everything is looked at.
 *
 * @throws EngineError `BACKUP_LIST_UNREADABLE`
 */
export async function chooseScope(
  options: ResolvedBackupOptions,
  { newest, mustReread }: ScopeGrounds,
  signal: AbortSignal
): Promise<RunScope> {
  const changed = await resolvePathList(options.changedFiles, signal)
  if (changed !== undefined)
    return { kind: 'listed', changed, deleted: (await resolvePathList(options.deletedFiles, signal)) ?? [] }
  const { changes } = options
  const isWhole =
    newest?.isFull === true && newest.carried === 0 && !mustReread && !isOlder(newest, changes?.baseline)
  if (changes === undefined || !isWhole) return { kind: 'all' }
  return {
    kind: 'changed',
    paths: (await resolvePathList(changes.paths, signal)) ?? [],
    trees: changes.folders ?? []
  }
}

function isOlder({ time }: Fileset, baseline: string | undefined): boolean {
  return baseline !== undefined && time * 1000 < Date.parse(baseline)
}

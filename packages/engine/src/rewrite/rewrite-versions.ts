import type { ResolvedVersion } from '@tercet/core'
import type { CallOptions, Issue } from '@tercet/interface'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { isoTime } from '../common/iso-time.ts'
import type { Maintenance } from '../common/open-maintenance.ts'
import { dated } from '../purge/make-purge-plan.ts'
import type { FateOf } from './entry-fate.ts'
import type { ListExtras } from './list-extras.ts'
import { findListLock } from './list-lock.ts'
import { chooseListTimes } from './list-times.ts'
import { VersionRewriter } from './version-rewriter.ts'
import type { EmptyMetadata } from './write-rewritten-list.ts'

export interface RewriteOptions extends CallOptions {
  readonly fateOf: FateOf
  /** What a list has besides entries; undefined: nobody knows, and the version stays as it is. */
  readonly extrasOf: (version: ResolvedVersion) => Promise<ListExtras | undefined>
  /** Needed where a fate is `empty-metadata`. */
  readonly emptyMetadata?: EmptyMetadata | undefined
  readonly onIssue: (issue: Issue) => void
  /** Called for each version that was to be rewritten. */
  readonly onVersion: (version: ResolvedVersion, isRewritten: boolean) => void
}

/**
 * Gives versions new lists, the newest first. Their labels move on, and so do those of versions that follow them too
 * closely; the order of all labels is at every moment that of the versions.
 *
 * @throws EngineError `ENGINE_NO_FREE_TIME` when a version that would have to move on cannot
 */
export async function rewriteVersions(
  context: EngineContext,
  maintenance: Maintenance,
  versions: readonly ResolvedVersion[],
  options: RewriteOptions
): Promise<void> {
  const { catalog } = context
  const { fateOf, extrasOf, emptyMetadata, signal } = options
  const recipe = { prefix: maintenance.settings.prefix, key: maintenance.keys?.key }
  const all = catalog.filesets.versions().toSorted((a, b) => a.time - b.time)
  const wanted = new Set(versions.map(({ seq }) => seq))
  const times = chooseListTimes(catalog, recipe, all, wanted)
  const rewriter = new VersionRewriter(context, maintenance, { emptyMetadata, signal })
  let timeLimit: number | undefined
  for (const version of all.toReversed()) {
    const { seq } = version
    const time = times.get(seq)
    const mayGo = time !== undefined && (wanted.has(seq) || !(await isLocked(context, version, { signal })))
    const extras = mayGo ? await extrasOf(version) : undefined
    if (time !== undefined && extras !== undefined) {
      if (timeLimit !== undefined && time >= timeLimit) throw noFreeTime(version.time, timeLimit)
      const fate: FateOf = wanted.has(seq) ? fateOf : () => 'keep'
      const done = await rewriter.rewrite({ fileset: version, time, timeLimit, fateOf: fate, extras })
      for (const issue of done.issues) options.onIssue(issue)
      timeLimit = done.time
    } else timeLimit = version.time
    if (wanted.has(seq)) options.onVersion(version, extras !== undefined)
  }
}

/** The plan of an operation knows of the locks of the versions that it is about. */
async function isLocked(
  context: EngineContext,
  version: ResolvedVersion,
  call: CallOptions
): Promise<boolean> {
  return (await findListLock(context, dated(version), call)) !== undefined
}

function noFreeTime(time: number, next: number): EngineError {
  return new EngineError(
    'ENGINE_NO_FREE_TIME',
    `The version of ${isoTime(time)} needs a new label, and no second is free before the version of ${isoTime(next)}, which is locked or whose list cannot be read. The version stays as it is`,
    { context: { time, next } }
  )
}

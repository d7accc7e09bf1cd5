import {
  assertKnownKeys,
  type CallOptions,
  type Issue,
  isTercetError,
  type Outcome,
  systemClock,
  untilAborted
} from '@tercet/interface'
import type { ReadingContext } from '../common/context.ts'
import { type EventListener, eventSink } from '../common/events.ts'
import { IssueLog, type IssueOptions } from '../common/issue-log.ts'
import { selectVersion, type VersionChoice } from '../common/select-version.ts'
import { requireStoredSettings } from '../common/stored-settings.ts'
import { volumesOfVersion } from './volumes-of-version.ts'

export interface ExtendLocksOptions extends VersionChoice, CallOptions, IssueOptions {
  /** How long from now a lock is to last that is set. */
  readonly durationMs: number
  /** A lock that lasts until then is long enough. @defaultValue now and `durationMs` */
  readonly atLeastUntil?: Date | undefined
  /** What every version needs, instead of what the newest or the chosen one does. @defaultValue false */
  readonly allVersions?: boolean | undefined
  readonly onEvent?: EventListener | undefined
}

export interface ExtendLocksResult {
  readonly outcome: Outcome
  /** Volumes that the versions need. */
  readonly volumes: number
  /** Those whose lock was set or made longer. */
  readonly extended: number
  readonly issues: readonly Issue[]
  readonly issueCount: number
}

const KEYS = ['durationMs', 'atLeastUntil', 'allVersions', 'version', 'time', 'onEvent', 'onIssue', 'signal']
const AT_THE_SAME_TIME = 8

/**
 * Sees to it that everything which the newest version needs, or the chosen one, or all, is locked for long enough, whenever it was stored. Locks that
 * are long enough are left alone, and none is shortened. A volume that cannot be locked is an issue.
 *
 * @throws CoreError `CATALOG_NO_SUCH_VERSION`; EngineError `ENGINE_CATALOG_EMPTY`, `ENGINE_ISSUE_ABORT`; the reason of `signal`
 */
export async function extendLocks(
  context: ReadingContext,
  options: ExtendLocksOptions
): Promise<ExtendLocksResult> {
  assertKnownKeys(options, KEYS, 'extendLocks')
  const { backend, catalog, clock = systemClock } = context
  const { durationMs, signal } = options
  const emit = eventSink(options.onEvent)
  const issues = new IssueLog(options, (issue) => emit({ type: 'issue', issue }))
  const { version, time, allVersions = false } = options
  const all = catalog.filesets.versions()
  const isChosen = version !== undefined || time !== undefined
  const one = isChosen ? [selectVersion(catalog, { version, time }, clock.now())] : all.slice(0, 1)
  const chosen = allVersions ? all : one
  let extended = 0
  const extend = async (volume: string): Promise<void> => {
    const enough = options.atLeastUntil?.getTime() ?? clock.now() + durationMs
    try {
      const present = await untilAborted(backend.getLock(volume, { signal }), signal)
      if (present !== undefined && present.getTime() >= Math.floor(enough / 1000) * 1000) return
      await untilAborted(backend.setLock(volume, new Date(clock.now() + durationMs), { signal }), signal)
      extended++
    } catch (error) {
      signal?.throwIfAborted()
      issues.add(notLocked(volume, error))
    }
  }
  const settings = requireStoredSettings(catalog)
  const names = [
    ...new Set(chosen.flatMap(({ seq }) => volumesOfVersion(catalog, settings, seq).map(({ name }) => name)))
  ]
  for (let at = 0; at < names.length; at += AT_THE_SAME_TIME)
    await Promise.all(names.slice(at, at + AT_THE_SAME_TIME).map(extend))
  return { ...issues.summary, volumes: names.length, extended }
}

function notLocked(volume: string, error: unknown): Issue {
  const reason = error instanceof Error ? error.message : String(error)
  return {
    code: 'LOCK_NOT_EXTENDED',
    severity: 'warning',
    message: `${volume} could not be locked${isTercetError(error) ? '' : ' (unexpected)'}: ${reason}`,
    volume
  }
}

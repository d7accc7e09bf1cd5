import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '@tercet/interface'
import { formatSyncPlan, type ReplicaResult, type SyncEvent, type SyncPlan } from '@tercet/sync-engine'

/** From what is told at most to what is told at least; a level tells all that stands from it on. */
const LEVELS = ['ExplicitOnly', 'Profiling', 'Verbose', 'Retry', 'Information', 'DryRun', 'Warning', 'Error']
type Level = 'Verbose' | 'Retry' | 'Information' | 'DryRun' | 'Warning' | 'Error'

/**
 * The log of a mirror: one line for each thing that happened, with its time and its level. The folder of the file is
 * made. Attempts that were repeated are no errors.
 */
export class SyncLog {
  readonly #path: string
  readonly #least: number
  readonly #clock: Clock

  constructor(path: string, level: string, clock: Clock) {
    this.#path = path
    this.#least = LEVELS.indexOf(level)
    this.#clock = clock
    mkdirSync(dirname(path), { recursive: true })
  }

  plan(plan: SyncPlan, isTrial: boolean): void {
    const lines = formatSyncPlan(plan, { maxFiles: Number.MAX_SAFE_INTEGER })
    this.#write(
      lines.map((line) => {
        const level: Level = isTrial ? 'DryRun' : line.startsWith('  ') ? 'Verbose' : 'Information'
        return [level, line.trim()] as const
      })
    )
  }

  event(event: SyncEvent): void {
    if (event.type === 'sync-retry')
      this.#write([
        ['Retry', `${event.place}: ${event.method}, attempt ${event.attempt} failed: ${event.message}`]
      ])
    else if (event.type === 'replica-detach')
      this.#write([['Information', `${event.replica} is slow and goes on alone`]])
    else if (event.type === 'sync-replan')
      this.#write([['Information', 'The primary has changed: a new plan is made']])
  }

  result({ displayName, status, code, message, copied, deleted, renamed, verified, issues }: ReplicaResult) {
    const counts = `${copied.files} copied, ${deleted.files} deleted, ${renamed.files} renamed, ${verified.files} verified`
    const level: Level = status === 'failed' ? 'Error' : status === 'partial' ? 'Warning' : 'Information'
    const why = code === undefined ? '' : ` (${code}: ${message ?? ''})`
    this.#write([
      ...issues.map(
        (issue) =>
          [
            issue.severity === 'error' ? 'Error' : 'Warning',
            `${displayName}: ${issue.code}: ${issue.message}`
          ] as const
      ),
      [level, `${displayName}: ${status}${why}; ${counts}`]
    ])
  }

  #write(lines: readonly (readonly [level: Level, text: string])[]): void {
    const time = new Date(this.#clock.now()).toISOString()
    const told = lines.filter(([level]) => LEVELS.indexOf(level) >= this.#least)
    if (told.length === 0) return
    appendFileSync(this.#path, told.map(([level, text]) => `${time} ${level} ${text}\n`).join(''))
  }
}

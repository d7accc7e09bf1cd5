import { type CallOptions, type Clock, systemClock } from '@tercet/interface'
import type { Schedule } from './schedule.ts'

/** A job that is run whenever its schedule says so. */
export interface ScheduledJob {
  readonly name: string
  /** Jobs with the same one never run at the same time. */
  readonly destination: string
  readonly schedule: Schedule
  run(options: CallOptions): Promise<unknown>
}

/**
 * When each job was last begun, or else first seen, as milliseconds since 1970; kept by its owner, so that a machine that
 * was off knows what it has missed. One that cannot be written costs no job.
 */
export interface ScheduleHistory {
  get(name: string): number | undefined
  set(name: string, begunAt: number): unknown
}

/** Whether the machine is in a state in which jobs that ask for it may run. */
export interface MachineState {
  isIdle(): boolean | Promise<boolean>
  isOnMains(): boolean | Promise<boolean>
}

export type ScheduleEvent =
  | { readonly type: 'job-start'; readonly name: string; readonly dueAt: Date }
  | { readonly type: 'job-end'; readonly name: string; readonly error?: unknown }
  | {
      readonly type: 'job-waiting'
      readonly name: string
      readonly for: 'destination' | 'idle' | 'mains'
    }

export interface RunScheduleOptions extends CallOptions {
  readonly history: ScheduleHistory
  readonly machine: MachineState
  readonly clock?: Clock | undefined
  /** Display only. */
  readonly onEvent?: ((event: ScheduleEvent) => void) | undefined
}

/** So often the time of day is looked at: it jumps when a machine wakes up, and no timer tells of that. */
const LOOK_MS = 30_000

/**
 * Runs jobs when they are due, until it is aborted; then it waits for those that are running, which get the signal, too.
 * A date that was missed, as the machine slept or was off, is made up for once, within a minute; several missed dates of
 * one job are one. What goes wrong in a job ends nothing else.
 */
export async function runSchedule(jobs: readonly ScheduledJob[], options: RunScheduleOptions): Promise<void> {
  await new Scheduler(jobs, options).run()
}

/** The next date of each job, the earliest first. */
export function nextDates(
  jobs: readonly Pick<ScheduledJob, 'name' | 'schedule'>[],
  after: Date
): readonly { readonly name: string; readonly at: Date }[] {
  return jobs
    .flatMap(({ name, schedule }) => {
      const at = schedule.next(after)
      return at === undefined ? [] : [{ name, at }]
    })
    .sort((a, b) => a.at.getTime() - b.at.getTime())
}

class Scheduler {
  readonly #jobs: readonly ScheduledJob[]
  readonly #options: RunScheduleOptions
  readonly #clock: Clock
  readonly #running = new Map<string, Promise<void>>()
  readonly #waiting = new Map<string, string>()
  readonly #seen = new Map<string, number>()
  #wake = new AbortController()

  constructor(jobs: readonly ScheduledJob[], options: RunScheduleOptions) {
    this.#jobs = jobs
    this.#options = options
    this.#clock = options.clock ?? systemClock
    // Before that, a job owes nothing. From then on it does, also where the machine is off whenever it is due.
    for (const { name } of jobs) {
      const last = options.history.get(name)
      if (last === undefined) this.#remember(name)
      else this.#seen.set(name, last)
    }
  }

  async run(): Promise<void> {
    const { signal } = this.#options
    while (!signal?.aborted) {
      this.#wake = new AbortController()
      for (const job of this.#jobs) await this.#startIfDue(job)
      const wakers = [this.#wake.signal, ...(signal === undefined ? [] : [signal])]
      await this.#clock.sleep(this.#pause(), { signal: AbortSignal.any(wakers) }).catch(() => {})
    }
    await Promise.all(this.#running.values())
  }

  async #startIfDue(job: ScheduledJob): Promise<void> {
    const { name, destination } = job
    const dueAt = this.#dueAt(job)
    if (dueAt === undefined || dueAt.getTime() > this.#clock.now() || this.#options.signal?.aborted) return
    const obstacle = this.#running.has(destination) ? 'destination' : await this.#obstacleOf(job)
    if (obstacle !== undefined) return this.#tellWaiting(name, obstacle)
    this.#waiting.delete(name)
    this.#remember(name)
    this.#tell({ type: 'job-start', name, dueAt })
    const work = this.#work(job).finally(() => {
      this.#running.delete(destination)
      this.#wake.abort()
    })
    this.#running.set(destination, work)
  }

  async #work(job: ScheduledJob): Promise<void> {
    const { name } = job
    try {
      await job.run({ signal: this.#options.signal })
      this.#tell({ type: 'job-end', name })
    } catch (error) {
      this.#tell({ type: 'job-end', name, error })
    }
  }

  /** A time of day that was set back must not make a job wait until what it has done lies in the past again. */
  #dueAt({ name, schedule }: ScheduledJob): Date | undefined {
    const now = this.#clock.now()
    const last = this.#seen.get(name) ?? now
    if (last > now) this.#remember(name)
    return schedule.next(new Date(Math.min(last, now)))
  }

  #remember(name: string): void {
    const now = this.#clock.now()
    this.#seen.set(name, now)
    try {
      this.#options.history.set(name, now)
    } catch {
      // A full disk must not cost a backup that goes elsewhere.
    }
  }

  async #obstacleOf({ schedule }: ScheduledJob): Promise<'idle' | 'mains' | undefined> {
    const { machine } = this.#options
    const { onlyOnMains, onlyWhenIdle } = schedule.settings
    if (onlyOnMains === true && !(await machine.isOnMains())) return 'mains'
    return onlyWhenIdle === true && !(await machine.isIdle()) ? 'idle' : undefined
  }

  #pause(): number {
    const now = this.#clock.now()
    const dates = this.#jobs.flatMap((job) => this.#dueAt(job)?.getTime() ?? [])
    const ahead = dates.map((date) => date - now).filter((left) => left > 0)
    return Math.min(LOOK_MS, ...ahead)
  }

  #tellWaiting(name: string, obstacle: 'destination' | 'idle' | 'mains'): void {
    if (this.#waiting.get(name) === obstacle) return
    this.#waiting.set(name, obstacle)
    this.#tell({ type: 'job-waiting', name, for: obstacle })
  }

  #tell(event: ScheduleEvent): void {
    try {
      this.#options.onEvent?.(event)
    } catch {
      // A display that fails must not cost a backup.
    }
  }
}

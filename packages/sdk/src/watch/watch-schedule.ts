/** When versions are made. In milliseconds. */
export interface WatchTimes {
  /** After a change, nothing may happen for that long. @defaultValue 10 000 */
  readonly quietTimeMs?: number | undefined
  /** A change waits for quiet no longer than that. @defaultValue 600 000 */
  readonly maxDelayMs?: number | undefined
  /** From the beginning of one version to that of the next. @defaultValue 0 */
  readonly minIntervalMs?: number | undefined
  /** However sure the events are, everything is looked at that often. @defaultValue one day */
  readonly fullScanEveryMs?: number | undefined
}

/** Pause after a run that failed, at first and at most. */
const FIRST_RETRY_MS = 30_000
const LAST_RETRY_MS = 600_000

/** Decides when the next version begins. Pure: whoever uses it says what the time is. */
export class WatchSchedule {
  readonly #times: Required<{ [Key in keyof WatchTimes]: number }>
  #firstChange: number | undefined
  #lastChange: number | undefined
  #lastRun = Number.NEGATIVE_INFINITY
  #lastScan = Number.NEGATIVE_INFINITY
  #failures = 0
  #retryAt = Number.NEGATIVE_INFINITY

  constructor({
    quietTimeMs = 10_000,
    maxDelayMs = 600_000,
    minIntervalMs = 0,
    fullScanEveryMs = 86_400_000
  }: WatchTimes) {
    this.#times = { quietTimeMs, maxDelayMs, minIntervalMs, fullScanEveryMs }
  }

  changed(now: number): void {
    this.#firstChange ??= now
    this.#lastChange = now
  }

  /** A run begins; changes from now on are for the next one. */
  begins(now: number): void {
    this.#lastRun = now
    this.#firstChange = undefined
    this.#lastChange = undefined
  }

  ended(now: number, { lookedAtAll }: { readonly lookedAtAll: boolean }): void {
    this.#failures = 0
    this.#retryAt = Number.NEGATIVE_INFINITY
    if (lookedAtAll) this.#lastScan = now
  }

  /** What changed before stays to be done. */
  failed(now: number): void {
    this.changed(now)
    this.#retryAt = now + Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LAST_RETRY_MS)
    this.#failures += 1
  }

  isScanDue(now: number): boolean {
    return now - this.#lastScan >= this.#times.fullScanEveryMs
  }

  /** When the next run begins, if nothing happens until then. */
  get dueAt(): number {
    const { quietTimeMs, maxDelayMs, minIntervalMs, fullScanEveryMs } = this.#times
    const forChanges =
      this.#firstChange === undefined
        ? Number.POSITIVE_INFINITY
        : Math.min(this.#lastChange! + quietTimeMs, this.#firstChange + maxDelayMs)
    const due = Math.min(forChanges, this.#lastScan + fullScanEveryMs)
    return Math.max(due, this.#lastRun + minIntervalMs, this.#retryAt)
  }
}

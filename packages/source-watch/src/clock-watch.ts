import { uptime } from 'node:os'
import type { DoubtReason } from './doubt.ts'

/** Three clocks, in milliseconds. */
export interface Clocks {
  /** As the user sees it; may be set. */
  wall(): number
  /** Since the start of the system, without the time it slept. */
  awake(): number
  /** Since the start of the system, with the time it slept. */
  running(): number
}

export const systemClocks: Clocks = {
  wall: () => Date.now(),
  awake: () => performance.now(),
  running: () => uptime() * 1000
}

const TOLERANCE_MS = 2000

/** Notices that the machine slept or that its clock was set, since the last look. */
export class ClockWatch {
  readonly #clocks: Clocks
  #slept: number
  #offset: number

  constructor(clocks: Clocks = systemClocks) {
    this.#clocks = clocks
    this.#slept = clocks.running() - clocks.awake()
    this.#offset = clocks.wall() - clocks.running()
  }

  check(): DoubtReason | undefined {
    const slept = this.#clocks.running() - this.#clocks.awake()
    const offset = this.#clocks.wall() - this.#clocks.running()
    const hasSlept = Math.abs(slept - this.#slept) > TOLERANCE_MS
    const wasSet = Math.abs(offset - this.#offset) > TOLERANCE_MS
    // Slow drift is corrected all the time; only a step is told.
    this.#slept = slept
    this.#offset = offset
    return hasSlept ? 'suspended' : wasSet ? 'clock-step' : undefined
  }
}

import { FaultError } from './fault-error.ts'

/** Which calls a scripted fault meets. */
export interface FaultTarget {
  /** The first call that it meets among those that match, counted from when it was scripted. @defaultValue 1 */
  readonly nth?: number | undefined
  /** How many calls in a row it meets; `Infinity` for all that follow. @defaultValue 1 */
  readonly times?: number | undefined
  /** Only calls for such a path: the path itself, an expression, or a test of one's own. */
  readonly match?: string | RegExp | ((path: string) => boolean) | undefined
}

interface ScriptedFault<Effect> {
  readonly method: string
  readonly target: FaultTarget
  readonly effect: Effect
  seen: number
  used: number
}

/** The faults of one test and how far each of them was reached. */
export class FaultScript<Effect> {
  readonly #faults: ScriptedFault<Effect>[] = []

  add(method: string, target: FaultTarget, effect: Effect): void {
    const { nth = 1, times = 1 } = target
    if (!Number.isSafeInteger(nth) || nth < 1) throw new RangeError(`nth must be at least 1, not ${nth}`)
    if (!(times >= 1)) throw new RangeError(`times must be at least 1, not ${times}`)
    this.#faults.push({ method, target, effect, seen: 0, used: 0 })
  }

  /** What is to happen to this call: one effect for each fault that meets it, in the order of the script. */
  meet(method: string, path: string): Effect[] {
    const effects: Effect[] = []
    for (const fault of this.#faults) {
      if (fault.method !== method || !matches(fault.target.match, path)) continue
      fault.seen++
      const { nth = 1, times = 1 } = fault.target
      if (fault.seen < nth || fault.seen >= nth + times) continue
      fault.used++
      effects.push(fault.effect)
    }
    return effects
  }

  /** @throws FaultError `FAULT_UNUSED` naming each fault that was not reached as often as scripted */
  assertAllUsed(): void {
    const unused = this.#faults.filter(({ used, target: { times = 1 } }) =>
      times === Number.POSITIVE_INFINITY ? used === 0 : used < times
    )
    if (unused.length === 0) return
    const list = unused.map(({ method, target: { nth = 1, times = 1, match }, seen, used }) => {
      const which =
        match === undefined ? method : `${method} of ${typeof match === 'string' ? match : String(match)}`
      return `${which} (from call ${nth}, ${times} times): ${seen} such calls were made, ${used} met it`
    })
    throw new FaultError('FAULT_UNUSED', `Scripted faults were not reached:\n  ${list.join('\n  ')}`, {
      context: { unused: unused.length }
    })
  }
}

function matches(match: FaultTarget['match'], path: string): boolean {
  if (match === undefined) return true
  if (typeof match === 'string') return match === path
  return typeof match === 'function' ? match(path) : path.search(match) !== -1
}

import type { Engine } from './engines.ts'
import type { Round, Scenario } from './scenario.ts'
import { type Simulated, simulate } from './simulate.ts'

/** Most simulations that looking for a shorter story may take. */
const MAX_TRIES = 150

/** The shortest scenario found that still goes wrong: whatever can be left out of it is. */
export async function shrink(
  scenario: Scenario,
  engine: Engine
): Promise<{ scenario: Scenario } & Simulated> {
  let best = scenario
  let outcome = await simulate(scenario, engine)
  let tries = 0
  for (let progress = true; progress && tries < MAX_TRIES; ) {
    progress = false
    for (const smaller of smallerThan(best)) {
      if (++tries > MAX_TRIES) break
      const result = await simulate(smaller, engine)
      if (result.problems.length === 0) continue
      best = smaller
      outcome = result
      progress = true
      break
    }
  }
  return { scenario: best, ...outcome }
}

function* smallerThan(scenario: Scenario): Generator<Scenario> {
  const { rounds, replicas } = scenario
  if (replicas > 1) yield { ...scenario, replicas: replicas - 1 }
  for (let n = 1; n < rounds.length; n++)
    yield { ...scenario, rounds: rounds.filter((_, index) => index !== n) }
  for (const [n, round] of rounds.entries()) {
    for (const smaller of smallerRounds(round)) yield { ...scenario, rounds: rounds.with(n, smaller) }
  }
}

function* smallerRounds(round: Round): Generator<Round> {
  for (const key of ['changes', 'rot', 'faults', 'meanwhile'] as const) {
    for (let n = 0; n < round[key].length; n++) yield { ...round, [key]: round[key].toSpliced(n, 1) }
  }
  if (round.killAfter !== undefined) yield { ...round, killAfter: undefined }
  if (round.lagMs > 0) yield { ...round, lagMs: 0 }
  if (round.clockJumpMs !== 0) yield { ...round, clockJumpMs: 0 }
  if (round.verify !== 'none') yield { ...round, verify: 'none' }
  if (round.retention) yield { ...round, retention: false }
}

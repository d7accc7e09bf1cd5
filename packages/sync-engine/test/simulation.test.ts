import { describe, expect, test } from 'vitest'
import { broken, type Engine, shipped } from './simulation/engines.ts'
import { makeScenario } from './simulation/scenario.ts'
import { shrink } from './simulation/shrink.ts'
import { simulate } from './simulation/simulate.ts'

const SEEDS = 1000
const PARTS = 4

/** The first seed with which an engine goes wrong. */
async function findFailure(engine: Engine, from: number, to: number): Promise<number | undefined> {
  for (let seed = from; seed < to; seed++) {
    if ((await simulate(makeScenario(seed), engine)).problems.length > 0) return seed
  }
  return undefined
}

async function tellStory(seed: number, engine: Engine): Promise<string> {
  const { scenario, problems, story } = await shrink(makeScenario(seed), engine)
  return [`seed ${seed}: ${JSON.stringify(scenario)}`, ...story, ...problems].join('\n')
}

describe('simulated worlds', () => {
  for (let part = 0; part < PARTS; part++) {
    const [from, to] = [part, part + 1].map((n) => 1 + (n * SEEDS) / PARTS) as [number, number]
    test(`seeds ${from} to ${to - 1}: every version that a replica shows can be restored`, async () => {
      const seed = await findFailure(shipped, from, to)
      expect(seed === undefined ? '' : await tellStory(seed, shipped)).toBe('')
    })
  }

  test('worlds in which something was wrong once', async () => {
    for (const seed of [1124, 34_163, 51_390, 52_508, 55_395]) {
      expect((await simulate(makeScenario(seed), shipped)).problems, `seed ${seed}`).toEqual([])
    }
  })

  for (const [name, engine] of Object.entries(broken)) {
    test(`an engine that ${name} is caught within ${SEEDS} seeds, with a short story`, async () => {
      const seed = await findFailure(engine, 1, SEEDS + 1)
      expect(seed).toBeDefined()
      const { scenario, problems } = await shrink(makeScenario(seed as number), engine)
      expect(problems.length).toBeGreaterThan(0)
      expect(scenario.rounds.length).toBeLessThanOrEqual(makeScenario(seed as number).rounds.length)
      expect((await simulate(scenario, shipped)).problems).toEqual([])
    })
  }
})

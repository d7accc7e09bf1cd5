import { createRandom, type FaultMoment, type SeededRandom } from '@tercet/testkit-faults'
import type { DeleteOrder, VerifyLevel } from '../../src/index.ts'

/** What happens to the primary: between two runs, or in the middle of one. */
export type Change = 'backup' | 'delete' | 'compact'

export interface Fault {
  /** -1: the primary. */
  readonly place: number
  readonly method: 'get' | 'put' | 'delete' | 'deleteMany' | 'rename' | 'list'
  readonly nth: number
  readonly times: number
  readonly when: FaultMoment | 'flip'
  readonly code: 'STORAGE_UNAVAILABLE' | 'STORAGE_RATE_LIMITED' | 'STORAGE_FULL' | 'STORAGE_ACCESS_DENIED'
}

export interface Round {
  readonly changes: readonly Change[]
  /** Silent damage at a replica: a volume gets another byte, or is gone. */
  readonly rot: readonly { readonly replica: number; readonly pick: number; readonly how: 'flip' | 'lose' }[]
  readonly order: DeleteOrder
  readonly retention: boolean
  readonly verify: VerifyLevel
  readonly faults: readonly Fault[]
  /** The process ends after so many operations. */
  readonly killAfter: number | undefined
  /** Changes of the primary while the run goes on, each after so many operations. */
  readonly meanwhile: readonly { readonly after: number; readonly change: Change }[]
  /** Listings show changes so much later. */
  readonly lagMs: number
  readonly clockJumpMs: number
}

/** Everything that happens, as data: the same scenario runs the same way, and any part of it can be left out. */
export interface Scenario {
  readonly seed: number
  readonly replicas: number
  readonly isAtomic: boolean
  readonly spoolMaxBytes: number
  readonly concurrency: number
  /** Of each call, by the layers below the engine. */
  readonly attempts: number
  readonly rounds: readonly Round[]
}

const CHANGES: readonly Change[] = ['backup', 'backup', 'delete', 'compact']
const ORDERS: readonly DeleteOrder[] = ['after-copy', 'auto', 'interleaved', 'before-copy']

export function makeScenario(seed: number): Scenario {
  const random = createRandom(seed)
  const chance = (percent: number) => random.integer(100) < percent
  const replicas = 1 + random.integer(4)
  return {
    seed,
    replicas,
    isAtomic: chance(60),
    spoolMaxBytes: random.pick([100, 600, 1_000_000]),
    concurrency: 1 + random.integer(5),
    attempts: 1 + (seed % 3),
    rounds: Array.from({ length: 2 + random.integer(3) }, (_, n) =>
      makeRound(random, chance, replicas, n === 0)
    )
  }
}

function makeRound(
  random: SeededRandom,
  chance: (percent: number) => boolean,
  replicas: number,
  isFirst: boolean
): Round {
  const list = <T>(most: number, make: () => T) => Array.from({ length: random.integer(most + 1) }, make)
  const rot = isFirst
    ? []
    : list(1, () => ({
        replica: random.integer(replicas),
        pick: random.integer(100),
        how: random.pick(['flip', 'lose'] as const)
      }))
  const meanwhile = chance(35)
    ? list(2, () => ({ after: 1 + random.integer(30), change: random.pick(CHANGES) }))
    : []
  const lagMs = chance(15) ? 200 + random.integer(3000) : 0
  // Only where every hash is recorded can a bit that is flipped on the way be noticed.
  const isRecorded = meanwhile.length === 0 && lagMs === 0
  return {
    changes: isFirst ? ['backup', 'backup'] : list(3, () => random.pick(CHANGES)),
    rot,
    order: random.pick(ORDERS),
    retention: chance(15),
    verify: random.pick(['none', 'none', 'checksum', 'download']),
    faults: list(3, () => makeFault(random, replicas, isRecorded)),
    killAfter: chance(30) ? 1 + random.integer(80) : undefined,
    meanwhile,
    lagMs,
    clockJumpMs: chance(15) ? random.integer(7_200_000) - 3_600_000 : 0
  }
}

function makeFault(random: SeededRandom, replicas: number, mayFlip: boolean): Fault {
  const place = random.integer(replicas + 1) - 1
  const method =
    place === -1
      ? random.pick(['get', 'get', 'list'] as const)
      : random.pick(['put', 'put', 'put', 'delete', 'deleteMany', 'rename', 'list'] as const)
  const when =
    method === 'get'
      ? random.pick(['before', 'torn', mayFlip ? 'flip' : 'torn'] as const)
      : random.pick(['before', 'after', 'torn'] as const)
  return {
    place,
    method,
    nth: 1 + random.integer(12),
    times: random.pick([1, 1, 2, 1000]),
    when,
    code: random.pick([
      'STORAGE_UNAVAILABLE',
      'STORAGE_UNAVAILABLE',
      'STORAGE_RATE_LIMITED',
      'STORAGE_FULL',
      'STORAGE_ACCESS_DENIED'
    ])
  }
}

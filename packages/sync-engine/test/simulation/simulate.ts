import { createHash } from 'node:crypto'
import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import { bytesSource } from '@tercet/interface'
import { createRandom, createVirtualClock, type VirtualClock } from '@tercet/testkit-faults'
import type { LedgerEntry, PlanSyncOptions, RecordedFile, SyncResult } from '../../src/index.ts'
import { ModelBackup, type Step } from '../model-backup.ts'
import type { Engine } from './engines.ts'
import type { Change, Round, Scenario } from './scenario.ts'
import { ListingLag, SimulatedRun, simulatePlace } from './simulated-places.ts'

export interface Simulated {
  /** Empty: all was as it should be. */
  readonly problems: readonly string[]
  readonly story: readonly string[]
}

interface SimulatedReplica {
  readonly id: string
  readonly store: MemoryBackend
  readonly history: ListingLag
  readonly ledger: Map<string, LedgerEntry>
  /** What time has done to files there, until they are put again. */
  readonly rotten: Map<string, Uint8Array | undefined>
}

/** Many times what any run of the small worlds here needs. */
const MOST_OPERATIONS = 2000

/** Longer than any run waits for anything. */
const MOST_HOURS = 24

/** Settles the questions of a scenario with an engine; every operation is followed by a look at what the replicas show. */
export async function simulate(scenario: Scenario, engine: Engine): Promise<Simulated> {
  return await new Simulation(scenario, engine).run()
}

class Simulation {
  readonly #scenario: Scenario
  readonly #engine: Engine
  readonly #clock: VirtualClock = createVirtualClock()
  readonly #random
  readonly #model: ModelBackup
  readonly #primary: MemoryBackend
  readonly #primaryHistory: ListingLag
  readonly #replicas: SimulatedReplica[]
  readonly #problems: string[] = []
  readonly #story: string[] = []
  /** Changes of the primary come one after the other. */
  #changing: Promise<void> = Promise.resolve()
  #rots = 0

  constructor(scenario: Scenario, engine: Engine) {
    this.#scenario = scenario
    this.#engine = engine
    this.#random = createRandom(scenario.seed ^ 0x5eed)
    this.#model = new ModelBackup(createRandom(scenario.seed ^ 0xda7a))
    const clock = this.#clock
    this.#primary = createMemoryBackend({ name: 'primary', clock, chunkBytes: 64 })
    this.#primaryHistory = new ListingLag(clock)
    const capabilities = scenario.isAtomic ? {} : { atomicPut: false, deleteBatchSize: 1 }
    this.#replicas = Array.from({ length: scenario.replicas }, (_, n) => ({
      id: `replica ${n}`,
      store: createMemoryBackend({ name: `replica ${n}`, clock, capabilities, chunkBytes: 64 }),
      history: new ListingLag(clock),
      ledger: new Map(),
      rotten: new Map()
    }))
  }

  async run(): Promise<Simulated> {
    for (const [number, round] of this.#scenario.rounds.entries()) {
      this.#story.push(`round ${number + 1}: ${JSON.stringify(round)}`)
      await this.#play(round)
      if (this.#problems.length > 0) return { problems: this.#problems, story: this.#story }
    }
    await this.#converge()
    return { problems: this.#problems, story: this.#story }
  }

  async #play(round: Round): Promise<void> {
    for (const change of round.changes) await this.#apply(this.#stepsOf(change))
    for (const { replica, pick, how } of round.rot) await this.#rot(replica, pick, how)
    // Runs are further apart than a listing is behind; within one, it is behind.
    await this.#clock.advance(60_000)
    this.#clock.jump(round.clockJumpMs)
    const restorable = this.#replicas.map(({ store }) => this.#model.restorableAt(store).length > 0)
    // What a run that deletes first has left behind is mended by the next, and no fault of it.
    const exempt = this.#replicas.map(
      ({ store }) =>
        new Set(this.#model.problemsOf(store).map((problem) => problem.slice(0, problem.indexOf(' '))))
    )
    const meanwhile = new Map(round.meanwhile.map(({ after, change }) => [after, change]))
    const run = new SimulatedRun(round.killAfter, async (count, what) => {
      this.#story.push(`  ${count}. ${what}`)
      if (count === MOST_OPERATIONS) {
        this.#problems.push('the run does not come to an end')
        run.isDead = true
      }
      this.#look(round, restorable, exempt, what)
      const change = meanwhile.get(count)
      if (change === undefined) return
      this.#changing = this.#changing.then(() => this.#apply(this.#stepsOf(change)))
      await this.#changing
    })
    await this.#synchronize(round, run)
    if (round.killAfter !== undefined && run.isDead) this.#story.push('  the process has ended')
  }

  async #synchronize(round: Round, run: SimulatedRun): Promise<SyncResult | undefined> {
    const before = this.#primary.snapshot()
    const place = (index: number, name: string, store: MemoryBackend, history: ListingLag) =>
      simulatePlace({
        name,
        store,
        run,
        clock: this.#clock,
        random: this.#random,
        faults: round.faults.filter((fault) => fault.place === index),
        lagMs: round.lagMs,
        history,
        attempts: this.#scenario.attempts
      })
    const options: PlanSyncOptions = {
      primary: place(-1, 'primary', this.#primary, this.#primaryHistory),
      replicas: Object.fromEntries(
        this.#replicas.map(({ id, store, history, ledger }, index) => [
          id,
          { backend: place(index, id, store, history), ledger }
        ])
      ),
      prefix: 'duplicati',
      clock: this.#clock,
      random: () => 0.5,
      deleteOrder: round.order,
      retention: round.retention && round.order !== 'interleaved',
      verifyContents: round.verify,
      maxDeletePercent: 100,
      allowMassDelete: true,
      expected: this.#recorded(round),
      requiredVolumes: async (dlist, side) => {
        const store =
          'primary' in side ? this.#primary : this.#replicas.find(({ id }) => id === side.replica)?.store
        return await this.#model.requiredAt(store as MemoryBackend, dlist).catch(() => undefined)
      }
    }
    const { concurrency: k, spoolMaxBytes } = this.#scenario
    try {
      const running = this.#engine(options, {
        concurrency: { download: k, upload: k, delete: k },
        spoolMaxBytes,
        detachAfterMs: 2000
      })
      const result = await this.#withinDay(running)
      if (result === undefined) return undefined
      for (const { id, status, code } of Object.values(result.replicas))
        this.#story.push(`  ${id}: ${status} ${code ?? ''}`)
      return result
    } catch (error) {
      this.#story.push(`  rejected: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    } finally {
      const isOwn = [...before.objects.keys()].every((path) => this.#primary.snapshot().objects.has(path))
      if (!isOwn && round.meanwhile.length === 0) this.#problems.push('I8: the primary was changed')
    }
  }

  /** Undefined, and a problem: it waits for something that does not come. */
  async #withinDay(running: Promise<SyncResult>): Promise<SyncResult | undefined> {
    const ended = new AbortController()
    const watch = this.#clock
      .sleep(MOST_HOURS * 3_600_000, { signal: ended.signal })
      .then(() => this.#problems.push('the run waits for ever'))
    try {
      const result = await Promise.race([running, watch])
      return typeof result === 'number' ? undefined : result
    } finally {
      ended.abort(new Error('ended'))
      await watch.catch(() => {})
    }
  }

  /** Hashes as a catalog holds them; what changes in the middle of a run is not in it. */
  #recorded(round: Round): ReadonlyMap<string, RecordedFile> | undefined {
    const flips = round.faults.some(({ when }) => when === 'flip')
    if (!flips && this.#random.integer(2) === 0) return undefined
    if (round.meanwhile.length > 0 || round.lagMs > 0) return undefined
    return new Map(
      this.#model.names.map((path) => {
        const content = this.#model.contents.get(path) as Uint8Array
        const hash = new Uint8Array(createHash('sha256').update(content).digest())
        return [path, { sizeBytes: content.byteLength, hash, hashAlgorithm: 'SHA256' as const }]
      })
    )
  }

  #look(
    round: Round,
    restorable: readonly boolean[],
    exempt: readonly ReadonlySet<string>[],
    what: string
  ): void {
    for (const [index, { id, store, rotten }] of this.#replicas.entries()) {
      if (!what.startsWith(`${id}:`)) continue
      for (const [path, wrong] of rotten) {
        const now = store.snapshot().objects.get(path)?.bytes
        if (now !== undefined && now !== wrong) rotten.delete(path)
      }
      const known = new Set(rotten.keys())
      for (const problem of this.#model.problemsOf(store, known)) {
        const isSuspended =
          round.order === 'before-copy' || exempt[index]?.has(problem.slice(0, problem.indexOf(' ')))
        if (isSuspended && problem.includes('cannot be restored')) continue
        this.#problems.push(`${id}, after "${what}": ${problem}`)
      }
      const hadOne = restorable[index] && round.order !== 'before-copy' && rotten.size === 0
      if (hadOne && this.#model.restorableAt(store).length === 0)
        this.#problems.push(`${id}, after "${what}": I2: nothing can be restored`)
    }
  }

  /** Two quiet runs, the second with a look at every byte: then all must be equal. */
  async #converge(): Promise<void> {
    await this.#clock.advance(120_000)
    const quiet: Round = {
      changes: [],
      rot: [],
      order: 'after-copy',
      retention: false,
      verify: 'none',
      faults: [],
      killAfter: undefined,
      meanwhile: [],
      lagMs: 0,
      clockJumpMs: 0
    }
    for (const verify of ['none', 'download'] as const) {
      this.#story.push(`quiet run, verification ${verify}`)
      const result = await this.#synchronize(
        { ...quiet, verify },
        new SimulatedRun(undefined, async () => {})
      )
      for (const { id, status } of Object.values(result?.replicas ?? {})) {
        if (status !== 'succeeded') this.#problems.push(`${id}: ${status} at the end`)
      }
    }
    for (const { id, store } of this.#replicas) {
      const shown = [...store.snapshot().objects.keys()].filter((path) => !path.includes('.old.')).sort()
      if (JSON.stringify(shown) !== JSON.stringify(this.#model.names))
        this.#problems.push(`${id} differs at the end`)
      this.#problems.push(...this.#model.problemsOf(store).map((problem) => `${id}, at the end: ${problem}`))
    }
  }

  #stepsOf(change: Change): Step[] {
    if (change === 'backup' || this.#model.versions.length === 0)
      return this.#model.backup(1 + this.#random.integer(2))
    return change === 'delete' ? this.#model.deleteOldest(1) : this.#model.compact()
  }

  async #apply(steps: readonly Step[]): Promise<void> {
    for (const { path, content } of steps) {
      this.#story.push(`  primary ${content === undefined ? 'loses' : 'gets'} ${path}`)
      if (content !== undefined) {
        await this.#primary.put(path, bytesSource(content))
        this.#primaryHistory.came(path)
        continue
      }
      const entry = await this.#primary.stat(path).catch(() => undefined)
      await this.#primary.delete(path)
      if (entry !== undefined) this.#primaryHistory.gone(entry)
    }
  }

  async #rot(index: number, pick: number, how: 'flip' | 'lose'): Promise<void> {
    const replica = this.#replicas[index]
    if (replica === undefined) return
    const { objects } = replica.store.snapshot()
    const paths = [...objects.keys()].filter((path) => path.startsWith('duplicati-')).sort()
    const path = paths[pick % Math.max(1, paths.length)]
    if (path === undefined) return
    this.#story.push(`  ${replica.id}: ${path} rots (${how})`)
    if (how === 'lose') {
      await replica.store.delete(path)
      replica.rotten.set(path, undefined)
      return
    }
    const wrong = new Uint8Array(objects.get(path)?.bytes as Uint8Array)
    // No two accidents are alike: equal damage at two places would be taken for agreement.
    const position = this.#rots++ % wrong.length
    wrong[position] = (wrong[position] as number) ^ 1
    await replica.store.put(path, bytesSource(wrong))
    replica.rotten.set(path, replica.store.snapshot().objects.get(path)?.bytes)
  }
}

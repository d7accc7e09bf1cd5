import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCatalogReader } from '@tercet/core'
import { openBackup } from '@tercet/sdk'
import type { Random } from '../src/random.ts'
import type { ChildLine } from './child.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { DiskReader, differences, readVersion } from './state.ts'
import { canLimit, isTercet, WatchedProcess, type Watcher } from './watched-process.ts'

/** What happens to the watcher meanwhile. */
const MOMENTS = ['calm', 'calm', 'blocked', 'stopped', 'killed', 'limited'] as const
const BLOCK_MS = 4000
const ROUNDS_PER_AUDIT = 8

export interface OracleTotals {
  operations: number
  rounds: number
  /** Versions by how they were found. */
  versions: Record<string, number>
  /** Rounds in which the watcher said that it may have missed something, and how often it was killed. */
  gapsTold: number
  kills: number
  /** Paths that differ from the disk, where no gap was told; and in how many rounds. */
  missedSilently: number
  silentRounds: number
  missedButTold: number
  /** Scans of everything afterwards, and what they found besides. */
  audits: number
  auditFindings: number
}

/** Lets generators loose on a folder that is watched, and compares what was stored with the disk. */
export class Oracle {
  readonly totals: OracleTotals = {
    operations: 0,
    rounds: 0,
    versions: {},
    gapsTold: 0,
    kills: 0,
    missedSilently: 0,
    silentRounds: 0,
    missedButTold: 0,
    audits: 0,
    auditFindings: 0
  }
  readonly #watcher: Watcher
  readonly #work: string
  readonly #random: Random
  readonly #disk = new DiskReader()
  #process: WatchedProcess
  #marks = 0
  #gaps = 0

  private constructor(watcher: Watcher, work: string, random: Random) {
    this.#watcher = watcher
    this.#work = work
    this.#random = random
    this.#process = this.#launch(false)
  }

  static async start(watcher: Watcher, work: string, random: Random): Promise<Oracle> {
    for (const folder of ['root', 'outside', 'logs']) mkdirSync(join(work, folder), { recursive: true })
    const oracle = new Oracle(watcher, work, random)
    await oracle.#settled()
    return oracle
  }

  /** One or several scenarios at once, something that happens to the watcher meanwhile, and the comparison. */
  async round(): Promise<void> {
    const moment = MOMENTS[this.#random.int(MOMENTS.length)]!
    const names = Object.keys(SCENARIOS) as Scenario[]
    const count = this.#random.int(3) === 0 ? 3 : 1
    const start = this.#random.int(names.length)
    const scenarios = Array.from({ length: count }, (_, index) => names[(start + index) % names.length]!)
    this.#gaps = 0
    if (moment === 'limited' && canLimit) await this.#restart(true)
    if (moment === 'stopped') this.#process.signal('SIGSTOP')
    if (moment === 'blocked') await this.#block()
    const done = Promise.all(scenarios.map((scenario) => this.#generate(scenario)))
    if (moment === 'killed') {
      await Promise.race([done, after(this.#random.int(1500))])
      await this.#process.kill()
      this.totals.kills += 1
      this.#gaps += 1
      this.#process = this.#launch(false)
    }
    for (const operations of await done) this.totals.operations += operations
    if (moment === 'stopped') this.#process.signal('SIGCONT')
    this.#count(await this.#missed(), `${moment}: ${scenarios.join(' + ')}`)
    if (moment === 'limited' && canLimit) await this.#restart(false)
    this.totals.rounds += 1
    if (this.totals.rounds % ROUNDS_PER_AUDIT === 0) await this.#audit()
  }

  /** Ends the watcher; logs of what was done stay where something is wrong. */
  async finish(): Promise<OracleTotals> {
    await this.#audit()
    await this.#process.kill()
    const { missedSilently, auditFindings } = this.totals
    if (missedSilently + auditFindings === 0) rmSync(this.#work, { recursive: true, force: true })
    return this.totals
  }

  get #root(): string {
    return join(this.#work, 'root')
  }

  get #catalog(): string {
    return join(this.#work, 'catalog.sqlite')
  }

  #launch(isLimited: boolean): WatchedProcess {
    return new WatchedProcess(this.#watcher, this.#root, this.#work, isLimited)
  }

  async #restart(isLimited: boolean): Promise<void> {
    await this.#process[Symbol.asyncDispose]()
    this.#process = this.#launch(isLimited)
    await this.#settled()
  }

  async #block(): Promise<void> {
    this.#process.tell(`block ${BLOCK_MS}`)
    await this.#until(({ type }) => type === 'blocked')
  }

  #count(missed: readonly string[], what: string): void {
    if (this.#gaps > 0) this.totals.gapsTold += 1
    if (missed.length === 0) return
    if (this.#gaps > 0) this.totals.missedButTold += missed.length
    else {
      this.totals.missedSilently += missed.length
      this.totals.silentRounds += 1
      if (isTercet(this.#watcher)) process.stderr.write(`${what}\n${missed.slice(0, 20).join('\n')}\n`)
    }
  }

  /** What differs, as soon as the watcher had its chance. */
  async #missed(): Promise<readonly string[]> {
    if (!isTercet(this.#watcher)) {
      this.#process.tell(`look ${this.#mark()}`)
      const line = await this.#until(({ type }) => type === 'missed')
      return (line as Extract<ChildLine, { type: 'missed' }>).paths
    }
    await this.#settled()
    return differences(readVersion(this.#catalog, this.#root), this.#disk.read(this.#root))
  }

  /** Until a version has a file that was made after everything else, twice: then no version began before that. */
  async #settled(): Promise<void> {
    if (!isTercet(this.#watcher)) {
      await this.#until(({ type }) => type === 'ready')
      return
    }
    for (let times = 0; times < 2; times++) {
      const mark = join(this.#root, this.#mark())
      while (!this.#isStored(mark)) await this.#until(({ type }) => type === 'version')
    }
  }

  /** A file that comes after all that was done. */
  #mark(): string {
    const name = `mark-${this.#marks++ % 50}-${this.#marks}`
    writeFileSync(join(this.#root, name), '')
    rmSync(join(this.#root, `mark-${(this.#marks - 2) % 50}-${this.#marks - 1}`), { force: true })
    return name
  }

  #isStored(path: string): boolean {
    try {
      using catalog = openCatalogReader(this.#catalog)
      const [newest] = catalog.filesets.versions()
      return newest !== undefined && catalog.entries.find(path, newest.seq) !== undefined
    } catch {
      // It is not made yet.
      return false
    }
  }

  async #until(isMeant: (line: ChildLine) => boolean): Promise<ChildLine> {
    for (;;) {
      const line = await this.#process.next()
      if (line === undefined) throw new Error(`The ${this.#watcher} process has ended`)
      if (line.type === 'issue') this.#gaps += 1
      if (line.type === 'version') {
        const kind = line.failure ?? line.coverage
        this.totals.versions[kind] = (this.totals.versions[kind] ?? 0) + 1
        if (kind !== 'events') this.#gaps += 1
      }
      if (isMeant(line)) return line
    }
  }

  #generate(scenario: Scenario): Promise<number> {
    const seed = this.#random.int(1e9)
    const program = fileURLToPath(new URL('./generate.ts', import.meta.url))
    const log = join(this.#work, 'logs', `${this.totals.rounds}-${scenario}-${seed}`)
    const child = spawn(
      process.execPath,
      [
        '--conditions=@tercet/source',
        '--disable-warning=ExperimentalWarning',
        program,
        scenario,
        `${seed}`,
        this.#root,
        join(this.#work, 'outside'),
        log
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] }
    )
    let said = ''
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes
    })
    return new Promise((resolve, reject) =>
      child.once('close', (code) =>
        code === 0
          ? resolve(Number(said))
          : reject(new Error(`The generator has failed (${scenario} ${seed})`))
      )
    )
  }

  /** A look at everything by the backup itself, which compares modes, owners and exact times too. */
  async #audit(): Promise<void> {
    if (!isTercet(this.#watcher)) return
    await this.#process[Symbol.asyncDispose]()
    await using backup = await openBackup({
      destination: join(this.#work, 'destination'),
      catalogPath: this.#catalog,
      workers: 0
    })
    const found = await backup.run({ sources: [this.#root], testSamples: 0 })
    this.totals.audits += 1
    for (const change of ['added', 'modified', 'deleted'] as const)
      for (const kind of ['Files', 'Folders', 'Symlinks'] as const)
        this.totals.auditFindings += found[`${change}${kind}`]
    await backup[Symbol.asyncDispose]()
    this.#process = this.#launch(false)
    await this.#settled()
  }
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

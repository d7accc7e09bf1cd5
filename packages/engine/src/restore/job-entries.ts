import { PackedBytes, type PackedRecord } from '../common/growable.ts'
import { HASHED } from './entry-table.ts'
import type { FinishJob, JobEntries, TargetSettings } from './job-types.ts'
import type { PlanState } from './restore-plan.ts'

/** Cuts out of the plan what a job has to know of its entries. */
export class JobEntriesBuilder {
  readonly #state: PlanState
  /** For each entry of the plan its position in the job that is being built, plus one. */
  readonly #positions: Uint32Array

  constructor(state: PlanState) {
    this.#state = state
    this.#positions = new Uint32Array(state.entries.count)
  }

  /** The entries that occur among the targets, and the targets with positions in place of numbers. */
  forTargets(targetNumbers: Uint32Array): { entries: JobEntries; targetEntries: Uint32Array } {
    const numbers: number[] = []
    const targetEntries = new Uint32Array(targetNumbers.length)
    targetNumbers.forEach((number, target) => {
      if (this.#positions[number] === 0) this.#positions[number] = numbers.push(number)
      targetEntries[target] = (this.#positions[number] as number) - 1
    })
    for (const number of numbers) this.#positions[number] = 0
    return { entries: this.of(numbers), targetEntries }
  }

  of(numbers: readonly number[]): JobEntries {
    const { entries: table } = this.#state
    const paths = new PackedBytes()
    for (const number of numbers) {
      paths.pushText(this.#state.pathOf(number) ?? '')
    }
    return {
      numbers: Uint32Array.from(numbers),
      paths: paths.pack(),
      flags: Uint8Array.from(numbers, (number) => table.flags.at(number)),
      sizes: Float64Array.from(numbers, (number) => table.sizes.at(number)),
      times: Float64Array.from(numbers, (number) => table.times.at(number))
    }
  }

  finishJob(numbers: readonly number[], target: TargetSettings, metadata: PackedRecord): FinishJob {
    const { entries: table, settings } = this.#state
    const hashes = new PackedBytes()
    for (const number of numbers) hashes.push(table.has(number, HASHED) ? table.hash(number) : NO_HASH)
    return { target, entries: this.of(numbers), metadata, hashes: hashes.pack(), fileHash: settings.fileHash }
  }
}

const NO_HASH = new Uint8Array()

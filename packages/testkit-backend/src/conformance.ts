import type { BackendTarget, ConformanceCase } from './backend-target.ts'
import { CaseContext, type RunnableCase } from './case-context.ts'
import { abortCases } from './cases/abort-cases.ts'
import { capabilityCases } from './cases/capability-cases.ts'
import { contentCases } from './cases/content-cases.ts'
import { localFileCases } from './cases/local-file-cases.ts'
import { modelCases } from './cases/model-cases.ts'
import { nameCases } from './cases/name-cases.ts'
import { operationCases } from './cases/operation-cases.ts'
import { putCases } from './cases/put-cases.ts'
import { sourceCases } from './cases/source-cases.ts'

export type { BackendTarget, ConformanceCase } from './backend-target.ts'

const CASES: readonly RunnableCase[] = [
  ...contentCases,
  ...nameCases,
  ...sourceCases,
  ...putCases,
  ...localFileCases,
  ...abortCases,
  ...operationCases,
  ...capabilityCases,
  ...modelCases
]

/** Ends what hangs; a busy machine is slow, and that is no failure. */
export const DEFAULT_TIMEOUT_MS = 240_000

/** Every requirement that is checked. Each applies to every backend: what is not promised must be refused. */
export const conformanceCases: readonly ConformanceCase[] = CASES.map(({ id, title }) =>
  Object.freeze({ id, title })
)

export interface ConformanceFailure extends ConformanceCase {
  readonly error: unknown
}

/** The outcome of a run. */
export interface ConformanceReport {
  /** Ids of the cases that the backend passed. */
  readonly passed: readonly string[]
  readonly failed: readonly ConformanceFailure[]
}

/**
 * Runs the cases without a test framework.
 *
 * @param ids only these cases
 */
export async function runConformance(
  target: BackendTarget,
  ids?: readonly string[]
): Promise<ConformanceReport> {
  const passed: string[] = []
  const failed: ConformanceFailure[] = []
  for (const id of ids ?? CASES.map((each) => each.id)) {
    try {
      await runConformanceCase(target, id)
      passed.push(id)
    } catch (error) {
      failed.push({ id, title: caseOf(id).title, error })
    }
  }
  return { passed, failed }
}

/** Runs one case on a fresh store; rejects when the backend does not conform. */
export async function runConformanceCase(target: BackendTarget, id: string): Promise<void> {
  const { run } = caseOf(id)
  const backend = await target.open()
  try {
    await inTime(run(new CaseContext(backend, target)), target.caseTimeoutMs ?? DEFAULT_TIMEOUT_MS)
  } finally {
    await backend[Symbol.asyncDispose]()
    await target.close?.()
  }
}

function caseOf(id: string): RunnableCase {
  const found = CASES.find((each) => each.id === id)
  if (found === undefined) throw new RangeError(`There is no conformance case "${id}"`)
  return found
}

async function inTime(run: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`The case did not end within ${milliseconds} ms`)),
      milliseconds
    )
  })
  try {
    await Promise.race([run, late])
  } finally {
    clearTimeout(timer)
  }
}

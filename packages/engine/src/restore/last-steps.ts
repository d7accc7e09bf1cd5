import { PackedBytes } from '../common/growable.ts'
import type { IssueLog } from '../common/issue-log.ts'
import { DROPPED, FOLDER, SYMLINK } from './entry-table.ts'
import type { JobEntriesBuilder } from './job-entries.ts'
import type { FinishJob, FinishResult, HardLink, LinkJob, TargetSettings } from './job-types.ts'
import type { MetadataStore } from './metadata-store.ts'
import type { PlanState } from './restore-plan.ts'

export interface LastStepsOptions {
  readonly state: PlanState
  readonly target: TargetSettings
  readonly jobEntries: JobEntriesBuilder
  readonly metadata: MetadataStore
  readonly hardLinks: readonly HardLink[]
  readonly issues: IssueLog
  readonly run: (
    name: 'restore-links' | 'restore-symlinks' | 'restore-folder-metadata',
    job: FinishJob | LinkJob
  ) => Promise<FinishResult>
}

/** Entries in one job. */
const ENTRIES_PER_JOB = 5000

/** Entries that failed in the last steps. */
export interface LastFailures {
  links: number
  folders: number
  /** Second names of files; the files are there as copies. */
  names: number
}

/**
 * What comes when all files are there: hard links; then symbolic links, so that nothing was ever written through one;
 * then the metadata of folders, which every entry made in them has changed. Deepest folders first, so that one that is
 * closed to us in the end was needed for nothing more.
 */
export async function takeLastSteps(options: LastStepsOptions): Promise<LastFailures> {
  const failures: LastFailures = { links: 0, folders: 0, names: 0 }
  const run = async (
    name: Parameters<LastStepsOptions['run']>[0],
    job: FinishJob | LinkJob,
    kind: keyof LastFailures
  ): Promise<void> => {
    const result = await options.run(name, job)
    for (const issue of result.issues) options.issues.add(issue)
    failures[kind] += result.failedEntries.length
  }
  const links = hardLinkJob(options)
  if (links !== undefined) await run('restore-links', links, 'names')
  for (const job of finishJobs(options, SYMLINK)) await run('restore-symlinks', job, 'links')
  for (const job of finishJobs(options, FOLDER)) await run('restore-folder-metadata', job, 'folders')
  return failures
}

function hardLinkJob({ state, target, hardLinks }: LastStepsOptions): LinkJob | undefined {
  const { entries } = state
  const firsts = new PackedBytes()
  const others = new PackedBytes()
  const groups = new Map<string, number>()
  for (const { number, identity } of hardLinks.toSorted((a, b) => a.number - b.number)) {
    // The content belongs to the key, so that a wrong identity can never join different files.
    const content = Buffer.from(entries.hash(number)).toString('hex')
    const key = `${identity}:${content}:${entries.sizes.at(number)}`
    const first = groups.get(key)
    if (first === undefined) groups.set(key, number)
    else {
      firsts.pushText(state.pathOf(first) as string)
      others.pushText(state.pathOf(number) as string)
    }
  }
  return others.count === 0 ? undefined : { target, firsts: firsts.pack(), others: others.pack() }
}

function* finishJobs(
  { state, target, jobEntries, metadata }: LastStepsOptions,
  kind: number
): Generator<FinishJob> {
  const { entries } = state
  let numbers: number[] = []
  let blobs = new PackedBytes()
  for (let entry = entries.count - 1; entry >= 0; entry--) {
    if (entries.kinds.at(entry) !== kind || entries.has(entry, DROPPED)) continue
    const bytes = metadata.take(entry)
    if (bytes.length === 0) continue
    numbers.push(entry)
    blobs.push(bytes)
    if (numbers.length < ENTRIES_PER_JOB) continue
    yield jobEntries.finishJob(numbers, target, blobs.pack())
    numbers = []
    blobs = new PackedBytes()
  }
  if (numbers.length > 0) yield jobEntries.finishJob(numbers, target, blobs.pack())
}

import type { JobContext } from '@tercet/core'
import { packedAt, packedTextAt } from '../common/growable.ts'
import { EntryOutcomes } from './entry-outcomes.ts'
import { DROPPED, REPLACE } from './entry-table.ts'
import type { FinishJob, FinishResult, FolderJob, LinkJob } from './job-types.ts'
import type { TargetFiles } from './target-files.ts'

/** Makes folders. One that cannot be made is an issue; what was to be in it fails by itself. */
export function makeFolders(job: FolderJob, files: TargetFiles): FinishResult {
  const outcomes = new EntryOutcomes()
  for (let i = 0; i < job.paths.ends.length; i++) {
    const path = packedTextAt(job.paths, i)
    attempt(outcomes, i, files.fullPath(path), () => files.makeFolder(path))
  }
  return outcomes.result()
}

/** Finishes files whose blocks are all written, or removes what was begun of those that were given up. */
export function finishFiles(job: FinishJob, files: TargetFiles, context: JobContext): FinishResult {
  const outcomes = new EntryOutcomes()
  const { entries } = job
  for (let i = 0; i < entries.numbers.length; i++) {
    context.throwIfAborted()
    const path = packedTextAt(entries.paths, i)
    if (((entries.flags[i] as number) & DROPPED) !== 0) {
      attempt(outcomes, i, files.fullPath(path), () => files.discard(entries, i))
      continue
    }
    const check = { hash: packedAt(job.hashes, i), algorithm: job.fileHash }
    attempt(outcomes, i, files.fullPath(path), () => {
      const { hardLink } = files.finish(entries, i, packedAt(job.metadata, i), check)
      outcomes.finished()
      outcomes.linked(entries.numbers[i] as number, hardLink)
    })
    if (outcomes.hasFailed(i)) attempt(outcomes, i, files.fullPath(path), () => files.discard(entries, i))
  }
  outcomes.add(files.settle())
  return outcomes.result()
}

/** Symbolic links, which come after all files so that nothing is ever written through one. */
export function finishSymlinks(job: FinishJob, files: TargetFiles): FinishResult {
  return forEach(job, files, (path, i) =>
    files.makeLink(path, packedAt(job.metadata, i), ((job.entries.flags[i] as number) & REPLACE) !== 0)
  )
}

/**
 * Metadata of folders, which comes last, because each entry made in a folder changes its time. Folders that could not be
 * made have their issue already.
 */
export function finishFolders(job: FinishJob, files: TargetFiles): FinishResult {
  return forEach(job, files, (path, i, outcomes) => {
    if (!files.applyToFolder(path, packedAt(job.metadata, i))) outcomes.failTold(i)
  })
}

export function finishLinks(job: LinkJob, files: TargetFiles): FinishResult {
  const outcomes = new EntryOutcomes()
  for (let i = 0; i < job.others.ends.length; i++) {
    const other = packedTextAt(job.others, i)
    attempt(outcomes, i, files.fullPath(other), () => files.makeHardLink(packedTextAt(job.firsts, i), other))
  }
  return outcomes.result()
}

function forEach(
  job: FinishJob,
  files: TargetFiles,
  act: (path: string, i: number, outcomes: EntryOutcomes) => void
): FinishResult {
  const outcomes = new EntryOutcomes()
  for (let i = 0; i < job.entries.numbers.length; i++) {
    const path = packedTextAt(job.entries.paths, i)
    attempt(outcomes, i, files.fullPath(path), () => act(path, i, outcomes))
  }
  outcomes.add(files.settle())
  return outcomes.result()
}

function attempt(outcomes: EntryOutcomes, entry: number, path: string, act: () => void): void {
  try {
    act()
  } catch (error) {
    outcomes.failEntry(entry, path, error)
  }
}

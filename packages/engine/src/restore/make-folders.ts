import { PackedBytes } from '../common/growable.ts'
import type { IssueLog } from '../common/issue-log.ts'
import type { FinishResult, FolderJob, TargetSettings } from './job-types.ts'

export interface MakeFoldersOptions {
  /** Relative to the root, each before those in it. */
  readonly folders: readonly string[]
  readonly target: TargetSettings
  readonly issues: IssueLog
  readonly run: (job: FolderJob) => Promise<FinishResult>
}

/** Folders made in one job. */
const FOLDERS_PER_JOB = 5000

/** Makes the folders that are not there yet. */
export async function makeFolders({ folders, target, issues, run }: MakeFoldersOptions): Promise<void> {
  for (let at = 0; at < folders.length; at += FOLDERS_PER_JOB) {
    const paths = new PackedBytes()
    for (const folder of folders.slice(at, at + FOLDERS_PER_JOB)) paths.pushText(folder)
    const result = await run({ target, paths: paths.pack() })
    for (const issue of result.issues) issues.add(issue)
  }
}

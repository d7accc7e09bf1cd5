import type { CallOptions, Issue } from '@tercet/interface'
import { redactUrl } from '../reports/redact.ts'
import type { ScriptFacts } from '../scripts/script-environment.ts'
import { runScript, type ScriptHooks } from '../scripts/script-hooks.ts'
import type { Job } from './job.ts'

/** Runs the scripts of a job, and keeps what is to be said of them. */
export class JobScripts {
  readonly #facts: Omit<ScriptFacts, 'event'>
  readonly #hooks: ScriptHooks
  readonly #calls: CallOptions
  #issues: Issue[] = []

  constructor(name: string, job: Job, environment: ScriptHooks['environment'], calls: CallOptions) {
    this.#hooks = { ...job.scripts, environment }
    this.#calls = calls
    this.#facts = {
      operation: 'Backup',
      remoteUrl: redactUrl(job.destination),
      localPath: job.sources.join(':'),
      backupName: name
    }
  }

  /** False: nothing is to be done. */
  async run(
    kind: 'beforeRequired' | 'before' | 'postBackup' | 'after',
    more: Partial<ScriptFacts> = {}
  ): Promise<boolean> {
    const event = kind === 'postBackup' ? 'POST-BACKUP' : kind === 'after' ? 'AFTER' : 'BEFORE'
    // What ends an operation does not end the script that is told of it.
    const calls = kind === 'after' ? {} : this.#calls
    const outcome = await runScript(this.#hooks, kind, { ...this.#facts, event, ...more }, calls)
    this.#issues.push(...outcome.issues)
    return outcome.goesOn
  }

  /** Of the scripts since the last call. */
  takeIssues(): Issue[] {
    const issues = this.#issues
    this.#issues = []
    return issues
  }
}

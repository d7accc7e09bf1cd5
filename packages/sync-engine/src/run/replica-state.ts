import type { Issue } from '@tercet/interface'
import type { ResolvedReplica } from '../resolve-options.ts'
import type { SyncErrorCode } from '../sync-error.ts'
import type { ReplicaResult, ReplicaStatus } from './sync-result.ts'

/** What has been done at one replica so far, over all passes of a run. */
export class ReplicaState {
  readonly replica: ResolvedReplica
  readonly copied = { files: 0, bytes: 0 }
  readonly deleted = { files: 0, bytes: 0 }
  readonly renamed = { files: 0, bytes: 0 }
  readonly verified = { files: 0, bytes: 0 }
  readonly tested = { files: 0, bytes: 0 }
  mismatched = 0
  locked = 0
  bytesStillNeeded: number | undefined
  windowMs: number | undefined
  readonly issues: Issue[] = []
  /** Files that should be there and are not, or are wrong. */
  readonly notCopied = new Set<string>()
  status: ReplicaStatus | 'running' | 'changed' = 'running'
  #code: SyncErrorCode | undefined
  #message: string | undefined
  #causeCode: string | undefined
  readonly #startedAt: Date
  #endedAt: Date | undefined

  constructor(replica: ResolvedReplica, now: number) {
    this.replica = replica
    this.#startedAt = new Date(now)
  }

  end(status: ReplicaStatus, now: number, code?: SyncErrorCode, message?: string, causeCode?: string): void {
    this.#causeCode = causeCode
    this.status = status
    this.#endedAt = new Date(now)
    this.#code = code
    this.#message = message
  }

  issue(code: string, severity: Issue['severity'], message: string, volume?: string): void {
    this.issues.push({ code, severity, message, ...(volume === undefined ? {} : { volume }) })
  }

  result(now: number): ReplicaResult {
    return {
      id: this.replica.id,
      displayName: this.replica.backend.displayName,
      status: this.status === 'running' || this.status === 'changed' ? 'partial' : this.status,
      ...(this.#code === undefined ? {} : { code: this.#code, message: this.#message }),
      ...(this.#causeCode === undefined ? {} : { causeCode: this.#causeCode }),
      startedAt: this.#startedAt,
      endedAt: this.#endedAt ?? new Date(now),
      copied: { ...this.copied },
      deleted: { ...this.deleted },
      renamed: { ...this.renamed },
      verified: { ...this.verified },
      tested: { ...this.tested },
      mismatched: this.mismatched,
      locked: this.locked,
      ...(this.bytesStillNeeded === undefined ? {} : { bytesStillNeeded: this.bytesStillNeeded }),
      ...(this.windowMs === undefined ? {} : { unrestorableWindowMs: this.windowMs }),
      issues: [...this.issues]
    }
  }
}

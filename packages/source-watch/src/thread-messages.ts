import type { ChangeBatch, Cursor, WatchIssue } from './change-journal.ts'
import type { ChangeSummary, HostSetup } from './journal-host.ts'
import type { WatchMethod } from './linux/create-watcher.ts'

export interface ThreadSetup {
  readonly host: HostSetup
  /** Raised when there is a request. */
  readonly signal: number
}

export type ThreadRequest =
  | { readonly type: 'changes'; readonly id: number }
  | { readonly type: 'settle'; readonly id: number; readonly cursor: Cursor; readonly baseline: string }
  | { readonly type: 'close' }

export type ThreadAnswer =
  | { readonly type: 'ready'; readonly method: WatchMethod }
  | { readonly type: 'batch'; readonly batch: ChangeBatch }
  | { readonly type: 'issue'; readonly issue: WatchIssue }
  | { readonly type: 'changes'; readonly id: number; readonly changes: ChangeSummary }
  | { readonly type: 'settled'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  /** The thread ends. */
  | { readonly type: 'broken'; readonly code: string | undefined; readonly message: string }

/** Every call that does I/O takes these, last and optional. */
export interface CallOptions {
  /** An abort rejects with `signal.reason` itself: it is never wrapped, translated or retried. */
  readonly signal?: AbortSignal | undefined
}

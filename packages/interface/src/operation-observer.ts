/** One step of work that leaves a trace: a file or a storage changed, a transaction was committed. */
export interface ObservedOperation {
  readonly kind: 'storage' | 'file' | 'catalog'
  /** What is done, such as `put`, `rename` or `commit`. */
  readonly name: string
  readonly path?: string | undefined
}

/**
 * Told of each step twice: `before` it is begun and `after` it is done (after it is durable, where it is one that makes
 * something durable). Synchronous. What it throws is passed on to the caller of the step: thrown `before`, the step is
 * not taken. Fault tests end the world here; programs may count or trace.
 */
export type OperationObserver = (operation: ObservedOperation, moment: 'before' | 'after') => void

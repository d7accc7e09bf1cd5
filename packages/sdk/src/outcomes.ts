import type { Outcome } from '@tercet/interface'

const ORDER: readonly Outcome[] = ['success', 'warning', 'stopped', 'error']

/** The worst of what parts of an operation came to; what was not done counts as good. */
export function worst(...outcomes: readonly (Outcome | undefined)[]): Outcome {
  const worstOf = Math.max(...outcomes.map((outcome) => (outcome === undefined ? 0 : ORDER.indexOf(outcome))))
  return ORDER[worstOf]!
}

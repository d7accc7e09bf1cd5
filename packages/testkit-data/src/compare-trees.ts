import type { TreeEntry } from './tree-entry.ts'

/** One way in which a tree is not what was expected. */
export interface TreeDifference {
  readonly path: string
  readonly kind: 'missing' | 'unexpected' | 'different'
  /** The keys that differ. */
  readonly keys: readonly string[]
}

/** How `actual` differs from `expected`; empty when it does not. Keys that `expected` leaves out count as well. */
export function compareTrees(expected: Iterable<TreeEntry>, actual: Iterable<TreeEntry>): TreeDifference[] {
  const differences: TreeDifference[] = []
  const rest = new Map<string, TreeEntry>()
  for (const entry of actual) rest.set(entry.path, entry)
  for (const entry of expected) {
    const found = rest.get(entry.path)
    rest.delete(entry.path)
    if (found === undefined) differences.push({ path: entry.path, kind: 'missing', keys: [] })
    else {
      const keys = differingKeys(entry, found)
      if (keys.length > 0) differences.push({ path: entry.path, kind: 'different', keys })
    }
  }
  for (const path of rest.keys()) differences.push({ path, kind: 'unexpected', keys: [] })
  return differences
}

function differingKeys(expected: TreeEntry, actual: TreeEntry): string[] {
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]) as Set<keyof TreeEntry>
  return [...keys].filter((key) => canonical(expected[key]) !== canonical(actual[key]))
}

/** The order of extended attributes has no meaning. */
function canonical(value: TreeEntry[keyof TreeEntry]): string | undefined {
  return typeof value === 'object' ? JSON.stringify(Object.entries(value).sort()) : JSON.stringify(value)
}

import type { CarriedRange, EntryPlace } from '@tercet/core'
import type { PreviousVersion } from './scanner.ts'

/** Whether a walk has come to a folder: to all of it, to nothing, or to these names. */
export type Reached = boolean | ((name: string) => boolean)

/**
 * What the version before has and a walk that ended early has not come to. Neighbours make one range, so there are few
 * of them: the walk goes in nearly the order of the paths.
 */
export function* unreachedRanges(
  previous: Pick<PreviousVersion, 'folders' | 'rows'>,
  reachedIn: (folder: string) => Reached
): Generator<CarriedRange> {
  let from: EntryPlace | undefined
  for (const folder of previous.folders()) {
    const reached = reachedIn(folder)
    const names = typeof reached === 'boolean' ? [''] : previous.rows(folder).map(({ name }) => name)
    for (const name of names) {
      const place = { folder, name }
      if (!(typeof reached === 'boolean' ? reached : reached(name))) from ??= place
      else if (from !== undefined) {
        yield { from, to: place }
        from = undefined
      }
    }
  }
  if (from !== undefined) yield { from, to: undefined }
}

import { type Catalog, type Fileset, freeVersionTime } from '@tercet/core'
import { EngineError } from '../common/engine-error.ts'
import { isoTime } from '../common/iso-time.ts'

/**
 * The new label of each version that is rewritten, by seq: the next second that was never used, so that the order of
 * versions by their labels stays what it is at every moment when they are rewritten from the newest on.
 *
 * @throws EngineError `ENGINE_NO_FREE_TIME` where another version follows too closely
 */
export function chooseListTimes(
  catalog: Catalog,
  recipe: Parameters<typeof freeVersionTime>[1],
  rewritten: readonly Fileset[]
): ReadonlyMap<number, number> {
  const chosen = new Map<number, number>()
  const seqs = new Set(rewritten.map(({ seq }) => seq))
  const others = catalog.filesets.all().filter(({ seq }) => !seqs.has(seq))
  let last = 0
  for (const { seq, time } of [...rewritten].sort((a, b) => a.time - b.time)) {
    last = freeVersionTime(catalog, recipe, Math.max(time, last) + 1)
    const next = others.find((other) => other.time > time && other.time < last)
    if (next !== undefined) throw noFreeTime(time, next.time)
    chosen.set(seq, last)
  }
  return chosen
}

function noFreeTime(time: number, next: number): EngineError {
  return new EngineError(
    'ENGINE_NO_FREE_TIME',
    `The version of ${isoTime(time)} needs a new label, and no second is free before the version of ${isoTime(next)}. Nothing was changed; take both, or delete one of them first`,
    { context: { time, next } }
  )
}

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CatalogReader } from '@tercet/core'
import { planRestore, type ReadingContext, versions } from '@tercet/engine'
import type { RequiredVolumes } from '@tercet/sync-engine'
import { parseVolumeName } from '@tercet/volume-format'

/** A place where no file is, so that everything would have to be restored. */
const NOWHERE = join(tmpdir(), 'tercet-nowhere')

type Context = ReadingContext & { readonly catalog: CatalogReader }

/**
 * Names of the volumes that the version of this list needs, with their indexes; `broken` where some of it is not there;
 * undefined: the catalog does not know it.
 */
export async function volumesNeededBy(
  context: Context,
  dlist: string,
  signal: AbortSignal | undefined
): Promise<RequiredVolumes | undefined> {
  const time = parseVolumeName(dlist)?.time
  const plan = time === undefined ? undefined : await planOfVersion(context, time * 1000, signal)
  if (plan === undefined) return undefined
  if (plan.issues.some(({ severity }) => severity === 'error')) return 'broken'
  const { volumes } = context.catalog
  const indexes = plan.volumesToFetch.flatMap((name) => {
    const id = volumes.byName(name)?.id
    return id === undefined ? [] : volumes.indexesOf(id).flatMap((index) => volumes.byId(index)?.name ?? [])
  })
  return new Set([...plan.volumesToFetch, ...indexes])
}

/** Names of the volumes of blocks that the version of this time needs; undefined: the catalog does not know it. */
export async function volumesOfVersion(
  context: Context,
  time: number,
  signal: AbortSignal | undefined
): Promise<ReadonlySet<string> | undefined> {
  const plan = await planOfVersion(context, time, signal)
  return plan && new Set(plan.volumesToFetch)
}

async function planOfVersion(context: Context, time: number, signal: AbortSignal | undefined) {
  for (const { number, createdAt } of versions(context))
    if (createdAt.getTime() === time)
      return await planRestore(context, { version: number, to: NOWHERE, signal })
  return undefined
}

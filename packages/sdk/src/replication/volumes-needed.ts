import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CatalogReader } from '@tercet/core'
import { planRestore, type ReadingContext, versions } from '@tercet/engine'
import { parseVolumeName } from '@tercet/volume-format'

/** A place where no file is, so that everything would have to be restored. */
const NOWHERE = join(tmpdir(), 'tercet-nowhere')

type Context = ReadingContext & { readonly catalog: CatalogReader }

/** Names of the volumes that the version of this list needs, with their indexes; undefined: the catalog does not know it. */
export async function volumesNeededBy(
  context: Context,
  dlist: string,
  signal: AbortSignal | undefined
): Promise<ReadonlySet<string> | undefined> {
  const time = parseVolumeName(dlist)?.time
  if (time === undefined) return undefined
  const needed = await volumesOfVersion(context, time * 1000, signal)
  if (needed === undefined) return undefined
  const { volumes } = context.catalog
  const indexes = [...needed].flatMap((name) => {
    const id = volumes.byName(name)?.id
    return id === undefined ? [] : volumes.indexesOf(id).map((index) => volumes.byId(index)?.name ?? '')
  })
  return new Set([...needed, ...indexes.filter((name) => name !== '')])
}

/** Names of the volumes of blocks that the version of this time needs; undefined: the catalog does not know it. */
export async function volumesOfVersion(
  context: Context,
  time: number,
  signal: AbortSignal | undefined
): Promise<ReadonlySet<string> | undefined> {
  for (const { number, createdAt } of versions(context))
    if (createdAt.getTime() === time)
      return new Set((await planRestore(context, { version: number, to: NOWHERE, signal })).volumesToFetch)
  return undefined
}

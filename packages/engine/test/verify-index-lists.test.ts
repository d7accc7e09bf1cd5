import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openCatalog } from '@tercet/core'
import { bytesAccess } from '@tercet/crypto'
import { createRandom } from '@tercet/testkit-faults'
import { createCompressor, createDindexWriter, openDindex } from '@tercet/volume-format'
import { expect, it } from 'vitest'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { verify } from '../src/verify/verify.ts'
import { createBackupWorld } from './support/backup-world.ts'

/** Writes the index of a destination anew, with only so many of its lists. */
function keepLists(destination: string, count: number): void {
  const name = readdirSync(destination).find((each) => each.includes('.dindex.'))!
  const path = join(destination, name)
  const reader = openDindex(bytesAccess(readFileSync(path)), name)
  const written: Uint8Array[] = []
  const writer = createDindexWriter({
    sink: { write: (bytes) => void written.push(bytes.slice()) },
    settings: reader.manifest,
    compressor: createCompressor({ method: 'none' }),
    createdAt: new Date(0)
  })
  for (const volume of reader.volumes()) writer.addVolume(volume)
  let left = count
  for (const { hash, bytes } of reader.lists()) if (left-- > 0) writer.addList(hash, bytes)
  writer.finish()
  writeFileSync(path, Buffer.concat(written))
}

it.each([
  [3, []],
  [1, ['VERIFY_INDEX_LIST_MISSING', 'VERIFY_INDEX_LIST_MISSING']],
  // An index without any is one that was made so.
  [0, []]
])('an index with %d of three lists has the defects %j', async (count, defects) => {
  await using world = await createBackupWorld()
  for (const name of ['a', 'b', 'c']) world.write(name, createRandom(name.charCodeAt(0)).bytes(4000))
  await world.backUp()
  keepLists(world.destination, count)
  using catalog = await openCatalog({ path: undefined })
  const context = { ...world.context, catalog }
  await recreateCatalog(context)
  const result = await verify(context, { samples: 'all' })
  expect(result.defects.map(({ code }) => code)).toEqual(defects)
  expect(result.outcome).toBe(defects.length === 0 ? 'success' : 'warning')
})

import { writeFileSync } from 'node:fs'
import { createMemoryBackend } from '@tercet/backend-memory'
import { openCatalog } from '@tercet/core'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { createVirtualClock } from '@tercet/testkit-faults'
import { expect, it } from 'vitest'
import { backup } from '../../src/backup/backup.ts'
import type { EngineContext } from '../../src/common/context.ts'
import { compact } from '../../src/compact/compact.ts'
import { planCompact } from '../../src/compact/plan-compact.ts'
import { deleteVersions } from '../../src/delete/delete-versions.ts'
import { planDelete } from '../../src/delete/plan-delete.ts'
import { noise } from './world.ts'

const DAY = 86_400_000

it.each(['dblock', 'dindex'] as const)(
  'a volume stays, and is reported, while it is locked or its index is (%s)',
  async (type) => {
    await using folder = await createTemporaryFolder('tercet-locks-')
    const clock = createVirtualClock({ startAt: new Date('2025-03-01T12:00:00Z') })
    const backend = createMemoryBackend({ clock })
    const catalog = await openCatalog({ path: undefined, clock: () => clock.now() })
    try {
      const context: EngineContext = { backend, catalog, workers: 0, clock, spoolFolder: folder.path }
      for (const seed of [1, 2]) {
        await clock.advance(DAY)
        writeFileSync(folder.join('file'), noise(seed, 20_000))
        await backup(context, { sources: [folder.join('file')], blockSizeBytes: 1024 })
      }
      await deleteVersions(context, await planDelete(context, { versions: [1] }))
      const before = await planCompact(context)
      const going = [...before.volumesToDelete, ...before.volumesToRewrite].map(({ name }) => name)
      expect(going).toHaveLength(1)
      const dblock = catalog.volumes.byName(going[0]!)!
      const index = catalog.volumes.byId(catalog.volumes.indexesOf(dblock.id)[0]!)!
      await backend.setLock(type === 'dblock' ? dblock.name : index.name, new Date(clock.now() + DAY))
      const plan = await planCompact(context)
      expect(plan).toMatchObject({
        volumesToDelete: [],
        volumesToRewrite: [],
        issues: [{ code: 'COMPACT_VOLUME_LOCKED', volume: dblock.name }]
      })
      expect(await compact(context, plan)).toMatchObject({ outcome: 'warning', deletedVolumes: 0 })
      await clock.advance(2 * DAY)
      expect(await compact(context, await planCompact(context))).toMatchObject({
        outcome: 'success',
        deletedVolumes: 1
      })
    } finally {
      catalog.close()
    }
  }
)

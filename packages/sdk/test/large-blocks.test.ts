import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type OpenBackupOptions, openBackup } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

const MiB = 1024 * 1024
const run = { blockSizeBytes: 17 * MiB, volumeSizeBytes: 50 * MiB, testSamples: 0 }

describe('blocks larger than are taken from a destination that nothing is known of', () => {
  test('are written and read where that is asked for, and refused with what to do elsewhere', async () => {
    using place = new Workplace()
    // Zeros, so that a few bytes of the destination stand for many of memory.
    writeFileSync(join(place.source, 'disk.img'), new Uint8Array(18 * MiB))
    const open = (more: Partial<OpenBackupOptions> = {}) =>
      openBackup({ destination: place.path('destination'), passphrase: 'large', workers: 0, ...more })
    const catalogPath = place.catalogPath
    {
      await using backup = await open({ catalogPath })
      await expect(backup.run({ sources: [place.source], ...run })).rejects.toMatchObject({
        code: 'CONFIG_CONFLICT',
        message: expect.stringContaining('maxBlocksize')
      })
    }
    {
      await using backup = await open({ catalogPath, maxBlocksize: 17 * MiB })
      expect(await backup.run({ sources: [place.source], ...run })).toMatchObject({ outcome: 'success' })
    }
    {
      // The catalog knows what the destination has.
      await using backup = await open({ catalogPath })
      expect(await backup.verify({ samples: 'all' })).toMatchObject({ outcome: 'success' })
    }
    {
      await using backup = await open({ temporaryCatalog: true })
      await expect(backup.restore({ to: place.path('no') })).rejects.toMatchObject({
        code: 'VOLUME_BLOCKSIZE_LIMIT'
      })
    }
    {
      await using backup = await open({ temporaryCatalog: true, maxBlocksize: 17 * MiB })
      const to = place.path('yes')
      expect(await backup.restore({ to })).toMatchObject({ outcome: 'success' })
      expect(readFileSync(join(to, 'disk.img')).every((byte) => byte === 0)).toBe(true)
    }
  })
})

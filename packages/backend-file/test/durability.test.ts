import { bytesSource, type StorageBackend } from '@tercet/interface'
import {
  type CrashLoss,
  crashEverywhere,
  createCrashPoint,
  createUnsyncedFileLayer
} from '@tercet/testkit-faults'
import { describe, expect, test } from 'vitest'
import { createFileBackend, type FileOperations } from '../src/index.ts'
import { list, read, textSource } from './sources.ts'

const LOSSES: CrashLoss[] = ['lost', 'names', 'random']
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]

async function disk(seed: number, wrap = (files: FileOperations) => files) {
  const layer = createUnsyncedFileLayer({ seed })
  layer.writeFile('/mnt/lost+found/nothing', new Uint8Array())
  layer.syncAll()
  const open = (observer = createCrashPoint().observer): StorageBackend =>
    createFileBackend({ path: '/mnt/backup', files: wrap(layer.files), observer })
  await open().createFolder('nested')
  return { layer, open }
}

describe.each(LOSSES)('after a power cut (%s)', (loss) => {
  test.each(SEEDS)('what was acknowledged is there (seed %i)', async (seed) => {
    const { layer, open } = await disk(seed)
    const backend = open()
    await backend.put('streamed', textSource('streamed content'))
    layer.writeFile('/tmp/spool', new TextEncoder().encode('adopted content'))
    const localFile = { path: '/tmp/spool', adoptable: true }
    await backend.put('nested/adopted', { ...textSource('adopted content'), localFile })
    await backend.put('absent', textSource('first'), { ifAbsent: true })
    await backend.copy('streamed', 'copied')
    await backend.put('moving', textSource('moved content'))
    await backend.rename('moving', 'nested/moved')
    await backend.put('doomed', textSource('doomed'))
    await backend.delete('doomed')
    await backend.put('doomed too', textSource('doomed'))
    await backend.deleteMany(['doomed too'])
    layer.crash(loss)
    const again = open()
    expect(await list(again)).toEqual(['absent', 'copied', 'nested/adopted', 'nested/moved', 'streamed'])
    expect(await read(again, 'streamed')).toBe('streamed content')
    expect(await read(again, 'copied')).toBe('streamed content')
    expect(await read(again, 'nested/adopted')).toBe('adopted content')
    expect(await read(again, 'nested/moved')).toBe('moved content')
    expect(await read(again, 'absent')).toBe('first')
  })

  test.each(SEEDS)(
    'a put that was cut off anywhere has left the old or the new content (seed %i)',
    async (seed) => {
      for (const how of ['streamed', 'adopted'] as const) {
        let world = await disk(seed)
        let acknowledged = false
        const steps = await crashEverywhere({
          run: async ({ observer }) => {
            world = await disk(seed)
            acknowledged = false
            await world.open().put('volume', textSource('old'))
            const source = bytesSource(new Uint8Array(1000).fill(7))
            world.layer.writeFile('/mnt/spool', new Uint8Array(1000).fill(7))
            const localFile = how === 'adopted' ? { path: '/mnt/spool', adoptable: true } : undefined
            await world.open(observer).put('volume', { ...source, localFile })
            acknowledged = true
          },
          check: async () => {
            world.layer.crash(loss)
            const again = world.open()
            expect(await list(again)).toEqual(['volume'])
            const content = await read(again, 'volume')
            if (acknowledged) expect(content).toBe('\x07'.repeat(1000))
            else expect(['old', '\x07'.repeat(1000)]).toContain(content)
          }
        })
        expect(steps).toBeGreaterThan(4)
      }
    }
  )
})

describe('a backend that forgets a step loses data here', () => {
  const withoutFileSync = (files: FileOperations): FileOperations => ({
    ...files,
    open: async (...args) => ({ ...(await files.open(...args)), sync: async () => {} })
  })
  const withoutFolderSync = (files: FileOperations): FileOperations => ({
    ...files,
    syncFolder: async () => {}
  })

  test.each([
    ['the sync of the file', withoutFileSync, 'names'],
    ['the sync of the folder', withoutFolderSync, 'lost']
  ] as const)('%s', async (_step, wrap, loss) => {
    const { layer, open } = await disk(1, wrap)
    layer.syncAll()
    await open().put('volume', textSource('content'))
    layer.crash(loss)
    const again = open()
    const content = (await list(again)).includes('volume') ? await read(again, 'volume') : undefined
    expect(content).not.toBe('content')
  })
})

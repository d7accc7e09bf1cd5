import { bytesSource } from '@tercet/interface'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { expect, test } from 'vitest'
import { nodeFileOperations } from '../src/file-operations.ts'
import { FolderSyncs } from '../src/folder-syncs.ts'
import { createFileBackend, type FileOperations } from '../src/index.ts'

/** Counts the syncs of each folder. */
function counting() {
  const synced: string[] = []
  return {
    synced,
    syncs: new FolderSyncs({
      async syncFolder(path) {
        synced.push(path)
      }
    })
  }
}

test('those that were about to be done share one sync, after the last of them', async () => {
  const { synced, syncs } = counting()
  const [first, second, third] = [syncs.join('/a'), syncs.join('/a'), syncs.join('/a')]
  const done = [first.sync(), third.sync()]
  expect(synced).toEqual([])
  done.push(second.sync())
  await Promise.all(done)
  expect(synced).toEqual(['/a'])
})

test('nobody is waited for who came after the first was done, or gave up, or is elsewhere', async () => {
  const { synced, syncs } = counting()
  const [first, second] = [syncs.join('/a'), syncs.join('/a')]
  const elsewhere = syncs.join('/b')
  const done = first.sync()
  const late = syncs.join('/a')
  second.leave()
  await done
  expect(synced).toEqual(['/a'])
  await late.sync()
  await elsewhere.sync()
  expect(synced).toEqual(['/a', '/a', '/b'])
})

test('where all gave up nothing is synced, and who comes next begins anew', async () => {
  const { synced, syncs } = counting()
  const [first, second] = [syncs.join('/a'), syncs.join('/a')]
  first.leave()
  second.leave()
  expect(synced).toEqual([])
  await syncs.join('/a').sync()
  expect(synced).toEqual(['/a'])
})

test('a sync that fails fails for all members, and for them alone', async () => {
  let left = 1
  const syncs = new FolderSyncs({
    async syncFolder() {
      if (left-- > 0) throw new Error('the device failed')
    }
  })
  const [first, second] = [syncs.join('/a'), syncs.join('/a')]
  const results = await Promise.allSettled([first.sync(), second.sync()])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await syncs.join('/a').sync()
})

test('small files that are put at the same time cost one sync of their folder together', async () => {
  await using folder = await createTemporaryFolder()
  let syncs = 0
  const written = Promise.withResolvers<void>()
  let toWrite = 4
  const files: FileOperations = {
    ...nodeFileOperations,
    async open(path, purpose, mode) {
      const file = await nodeFileOperations.open(path, purpose, mode)
      return {
        ...file,
        async sync() {
          if (--toWrite === 0) written.resolve()
          await written.promise
          await file.sync()
        }
      }
    },
    async syncFolder(path) {
      syncs++
      await nodeFileOperations.syncFolder(path)
    }
  }
  await using backend = createFileBackend({ path: folder.path, files })
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(names.map((name) => backend.put(name, bytesSource(new Uint8Array(10)))))
  expect(syncs).toBe(1)
})

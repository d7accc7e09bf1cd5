import { describe, expect, test } from 'vitest'
import { type FileOperations, nodeFileOperations } from '../src/file-operations.ts'
import { groupFolderSyncs } from '../src/group-folder-syncs.ts'

/** Syncs that end when they are told to. */
function controlled() {
  const running: { readonly path: string; end(error?: Error): void }[] = []
  const files: FileOperations = {
    ...nodeFileOperations,
    syncFolder: (path) =>
      new Promise((resolve, reject) => {
        running.push({ path, end: (error) => (error === undefined ? resolve() : reject(error)) })
      })
  }
  return { running, files: groupFolderSyncs(files) }
}

describe('syncs of one folder', () => {
  test('who comes while one runs shares the next, and is not content with the running one', async () => {
    const { running, files } = controlled()
    const first = files.syncFolder('/a')
    let isDone = false
    const others = Promise.all([files.syncFolder('/a'), files.syncFolder('/a'), files.syncFolder('/a')])
    others.then(() => {
      isDone = true
    })
    expect(running).toHaveLength(1)
    running[0]?.end()
    await first
    await Promise.resolve()
    expect(isDone).toBe(false)
    await expect.poll(() => running.length).toBe(2)
    running[1]?.end()
    await others
    const again = files.syncFolder('/a')
    expect(running).toHaveLength(3)
    running[2]?.end()
    await again
  })

  test('folders do not wait for each other', () => {
    const { running, files } = controlled()
    void files.syncFolder('/a')
    void files.syncFolder('/b')
    expect(running.map(({ path }) => path)).toEqual(['/a', '/b'])
  })

  test('a failure is that of those who wait for that sync', async () => {
    const { running, files } = controlled()
    const first = files.syncFolder('/a')
    const second = files.syncFolder('/a')
    running[0]?.end(new Error('the device failed'))
    await expect(first).rejects.toThrow('the device failed')
    await expect.poll(() => running.length).toBe(2)
    running[1]?.end()
    await second
  })
})

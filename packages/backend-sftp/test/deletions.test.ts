import { readFileSync } from 'node:fs'
import { isTercetError, type StorageBackend } from '@tercet/interface'
import { createFaultProxy } from '@tercet/testkit-faults'
import { describeWith, freshFolders, patternSource, type SshServer, startSshd } from '@tercet/testkit-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSftpBackend } from '../src/index.ts'

const COUNT = 60

describeWith(['sshd', 'ssh-keygen'], 'many deletions over SFTP', () => {
  let server: SshServer
  beforeAll(async () => {
    server = await startSshd()
  })
  afterAll(() => server.stop())

  const folders = freshFolders((folder, port: number) =>
    openSftpBackend({
      host: server.host,
      port,
      path: `${server.root}/${folder}`,
      username: server.username,
      privateKey: readFileSync(server.keyFile, 'utf8'),
      hostKeys: [server.hostKeyFingerprint],
      maxConnections: 1
    })
  )
  const left = async (): Promise<string[]> => {
    await using store = await folders.reopen(server.port)
    return (await Array.fromAsync(store.list())).map(({ path }) => path).sort()
  }
  const fill = async (backend: StorageBackend): Promise<string[]> => {
    const names = Array.from({ length: COUNT }, (_, index) => `file-${String(index).padStart(2, '0')}`)
    for (const name of names) await backend.put(name, patternSource(1))
    return names
  }

  test('on a line that breaks name all that is not known to be gone, and work again', async () => {
    await using proxy = await createFaultProxy(server)
    await using backend = await folders.open(proxy.port)
    const names = await fill(backend)
    // In the midst of the answers to the deletions.
    proxy.set({ cutDownAfter: proxy.stats.down + 1000, how: 'reset', times: 1 })
    const failures = await backend.deleteMany(names)
    const failed = failures.map(({ path }) => path)
    expect(failures.length).toBeGreaterThan(0)
    expect(failures.length).toBeLessThan(COUNT)
    for (const { error } of failures)
      expect(isTercetError(error, 'STORAGE_UNAVAILABLE') && error.retry).toBe('may-help')
    expect(failed).toEqual(expect.arrayContaining(await left()))
    expect(await backend.deleteMany(names)).toEqual([])
    expect(await left()).toEqual([])
  })

  test('are given up with the reason of who gives up', async () => {
    await using backend = await folders.open(server.port)
    const names = await fill(backend)
    const controller = new AbortController()
    const reason = new Error('given up')
    const running = backend.deleteMany(names, { signal: controller.signal })
    controller.abort(reason)
    await expect(running).rejects.toBe(reason)
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openCatalog } from '../../src/catalog/open-catalog.ts'
import { openCatalogReader } from '../../src/catalog/open-catalog-reader.ts'
import { temporaryFolder, testCatalog } from './helpers.ts'

const program = fileURLToPath(new URL('./lock-holder.ts', import.meta.url))

/** Starts a process that holds the catalog and waits until it does. */
async function startHolder(path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...process.execArgv, program, path], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [pid] = (await once(child.stdout, 'data')) as [Buffer]
  expect(Number(String(pid))).toBe(child.pid)
  return child
}

describe('the writer lock', () => {
  it('keeps a second process out, names the first, and is gone when that is killed', async () => {
    const path = join(temporaryFolder(), 'catalog.sqlite')
    const holder = await startHolder(path)
    await expect(openCatalog({ path })).rejects.toMatchObject({
      code: 'CATALOG_LOCKED',
      retry: 'may-help',
      message: expect.stringContaining(`process ${holder.pid}`),
      context: { path, pid: holder.pid }
    })
    // A reader is not in the way.
    using reader = openCatalogReader(path)
    expect(reader.settings.get('written-by')).toBe(holder.pid)

    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const catalog = await testCatalog({ path })
    expect(catalog.settings.get('written-by')).toBe(holder.pid)
  })

  it('keeps a second opening in the same process out, under another name too', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'catalog.sqlite')
    const first = await openCatalog({ path })
    symlinkSync(path, join(folder, 'alias.sqlite'))
    for (const name of [path, join(folder, 'alias.sqlite')]) {
      await expect(openCatalog({ path: name })).rejects.toMatchObject({ code: 'CATALOG_LOCKED' })
    }
    first.close()
    await testCatalog({ path: join(folder, 'alias.sqlite') })
  })

  it('is given back when opening fails', async () => {
    const path = join(temporaryFolder(), 'catalog.sqlite')
    const observer = () => {
      throw new Error('refused')
    }
    await expect(openCatalog({ path, observer })).rejects.toThrow('refused')
    await testCatalog({ path })
  })
})

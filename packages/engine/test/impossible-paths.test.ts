import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openCatalog } from '@tercet/core'
import type { Issue } from '@tercet/interface'
import { describe, expect, it } from 'vitest'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import type { PlanRestoreOptions } from '../src/restore/restore-options.ts'
import { type BackupWorld, createBackupWorld } from './support/backup-world.ts'
import { patchArchive } from './support/patch-archive.ts'

const CONTENT = 'content of the file with the path'

/** A destination whose list has `path` (as JSON text has it) instead of that of one of its files. */
async function withPath(path: (source: string) => string): Promise<BackupWorld> {
  const world = await createBackupWorld()
  const inJson = path(world.source)
  const name = 'x'.repeat(Buffer.byteLength(inJson) - Buffer.byteLength(world.source) - 1)
  world.write(name, CONTENT)
  world.write('harmless', 'content of another file')
  await world.backUp({ compression: { method: 'none' } })
  const list = readdirSync(world.destination).find((found) => found.includes('.dlist.'))!
  patchArchive(join(world.destination, list), `${world.source}/${name}`, inJson)
  return world
}

/** Restores with nothing but the destination; tells the issues of the way, and every file that came to be. */
async function restored(world: BackupWorld, options: Partial<PlanRestoreOptions> = {}) {
  const top = dirname(world.source)
  const before = new Set(readdirSync(top, { recursive: true, encoding: 'utf8' }))
  const catalog = await openCatalog({ path: undefined })
  try {
    const context = { ...world.context, catalog }
    const recreated = await recreateCatalog(context)
    const plan = await planRestore(context, { to: join(top, 'out'), ...options })
    const result = await restore(context, plan)
    const files = readdirSync(top, { recursive: true, encoding: 'utf8' }).filter((name) => !before.has(name))
    return { issues: [...recreated.issues, ...result.issues] as Issue[], result, files: files.sort(), top }
  } finally {
    catalog.close()
  }
}

/** Padding, as the path in the list cannot be longer or shorter than the one that it takes the place of. */
const long = (source: string, length = 40) => 'p'.repeat(source.length + length)

describe('a path that nobody could have backed up', () => {
  it.each<[string, (source: string) => string, string]>([
    ['that leads out of its folder', (source) => `${source}/../../${long('')}`, 'VOLUME_PATH_ESCAPES'],
    ['that ends with ..', (source) => `${source}/${long('')}/..`, 'VOLUME_PATH_ESCAPES'],
    ['that is relative', (source) => `${long(source)}/escaped`, 'VOLUME_PATH_RELATIVE'],
    ['with a zero byte', (source) => `${source}/${long('')}\\u0000escaped`, 'VOLUME_ENTRY_INVALID'],
    [
      'of Windows that climbs',
      (source) => `C:\\\\${long(source)}\\\\..\\\\..\\\\escaped`,
      'VOLUME_PATH_ESCAPES'
    ]
  ])('%s costs that entry alone, and is told', async (_what, path, code) => {
    await using world = await withPath(path)
    const { issues, files, result } = await restored(world)
    expect(issues.map((issue) => issue.code)).toContain(code)
    expect(files).toEqual(['out', 'out/harmless'])
    expect(result.files).toBe(1)
  })
})

describe('a path of another system', () => {
  it.each<[string, (source: string) => string, (source: string) => string]>([
    ['with a drive', (source) => `C:\\\\Users\\\\${long(source)}`, (source) => `C/Users/${long(source)}`],
    [
      'on a share',
      (source) => `\\\\\\\\server\\\\share\\\\${long(source)}`,
      (source) => `server/share/${long(source)}`
    ]
  ])('%s goes below the folder that is restored to', async (_what, path, place) => {
    await using world = await withPath(path)
    const { issues, files, top } = await restored(world)
    expect(issues).toEqual([])
    const file = join(top, 'out', place(world.source))
    expect(readFileSync(file, 'utf8')).toBe(CONTENT)
    expect(files.every((name) => name === 'out' || name.startsWith('out/'))).toBe(true)
  })

  it('cannot be restored to its original place here, which is said before anything is written', async () => {
    await using world = await withPath((source) => `C:\\\\Users\\\\${long(source)}`)
    await expect(restored(world, { to: undefined })).rejects.toMatchObject({
      code: 'RESTORE_PATH_INVALID',
      message: expect.stringContaining('name a folder to restore to')
    })
    expect(existsSync(join(dirname(world.source), 'out'))).toBe(false)
  })
})

describe('a name that is too long for this system', () => {
  it('costs that entry alone, and names it', async () => {
    await using world = await createBackupWorld()
    const [folder, name] = ['f'.repeat(130), 'n'.repeat(150)]
    world.write(`${folder}/${name}`, CONTENT)
    world.write('harmless', 'content of another file')
    await world.backUp({ compression: { method: 'none' } })
    const list = readdirSync(world.destination).find((found) => found.includes('.dlist.'))!
    patchArchive(join(world.destination, list), `${folder}/${name}`, `${folder}+${name}`)
    const { issues, files, result, top } = await restored(world)
    expect(issues).toMatchObject([
      { code: 'RESTORE_PATH_INVALID', path: join(top, 'out', `${folder}+${name}`), severity: 'error' }
    ])
    expect(result).toMatchObject({ outcome: 'error', failed: 1, files: 1 })
    expect(files).toEqual(['out', `out/${folder}`, 'out/harmless'])
  })
})

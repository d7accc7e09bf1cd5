import { copyFileSync, cpSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BackupWorld, BackupWorldOptions } from './backup-world.ts'

/** Keeps what destination and catalog are now, so that the same work can be done again from there. */
export async function rewindable(
  world: BackupWorld
): Promise<(world: BackupWorld, options?: BackupWorldOptions) => Promise<BackupWorld>> {
  const saved = join(dirname(world.catalogPath), 'saved')
  world.catalog.close()
  cpSync(world.destination, join(saved, 'destination'), { recursive: true })
  copyFileSync(world.catalogPath, join(saved, 'catalog.sqlite'))
  return async (current, options) => {
    current.catalog.close()
    rmSync(world.destination, { recursive: true })
    cpSync(join(saved, 'destination'), world.destination, { recursive: true })
    for (const suffix of ['-wal', '-shm']) rmSync(world.catalogPath + suffix, { force: true })
    copyFileSync(join(saved, 'catalog.sqlite'), world.catalogPath)
    return await current.reopen(options)
  }
}

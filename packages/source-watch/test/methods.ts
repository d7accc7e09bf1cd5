import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChangeJournal, type WatchMethod } from '../src/index.ts'

/** Where little else happens: whole file systems tell of everything on them. */
const QUIET = '/dev/shm'

export function folderFor(method: WatchMethod): string {
  return method === 'fanotify' ? QUIET : tmpdir()
}

/** All ways to watch that this process may use. */
export const METHODS: readonly WatchMethod[] = (await mayWatchFileSystems())
  ? ['inotify', 'fanotify']
  : ['inotify']

async function mayWatchFileSystems(): Promise<boolean> {
  const folder = mkdtempSync(join(QUIET, 'tercet-watch-'))
  try {
    const options = { roots: [folder], store: join(folder, 'journal'), thread: false }
    await using journal = await openChangeJournal(options)
    return journal.method === 'fanotify'
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

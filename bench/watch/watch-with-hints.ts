/**
 * Another library in the place of the journal: what it tells of is looked at when the oracle asks, and nothing else. It is
 * given all the time it needs: the oracle's mark has to come, and then a quiet second.
 */
import { join } from 'node:path'
import { obeyBlocks, say } from './child.ts'
import { differences, factOf, readDisk, type State } from './state.ts'

const QUIET_MS = 1000
const MOST_MS = 15_000

const [root, library] = process.argv.slice(2) as [string, 'chokidar' | 'parcel']
const told = new Set<string>()
let lastAt = Date.now()

try {
  await (library === 'chokidar' ? withChokidar() : withParcel())
} catch {
  // It says that it cannot watch: nobody is deceived.
  say({ type: 'issue', code: 'error' })
}
let stored: State = readDisk(root)
obeyBlocks((command, mark) => {
  if (command === 'stop') process.exit()
  void answer(join(root, mark))
})
say({ type: 'ready' })

function hear(path: string): void {
  told.add(path)
  lastAt = Date.now()
}

async function withChokidar(): Promise<void> {
  const { watch } = await import('chokidar')
  const watcher = watch(root, { ignoreInitial: true, followSymlinks: false, alwaysStat: false })
  watcher.on('all', (_event, path) => hear(path))
  watcher.on('error', () => say({ type: 'issue', code: 'error' }))
  await new Promise<void>((resolve) => watcher.on('ready', () => resolve()))
}

async function withParcel(): Promise<void> {
  const { subscribe } = await import('@parcel/watcher')
  await subscribe(root, (error, events) => {
    if (error !== null) say({ type: 'issue', code: 'error' })
    for (const { path } of events) hear(path)
  })
}

async function answer(mark: string): Promise<void> {
  const askedAt = Date.now()
  while ((!told.has(mark) || Date.now() - lastAt < QUIET_MS) && Date.now() - askedAt < MOST_MS)
    await new Promise((resolve) => setTimeout(resolve, 50))
  for (const path of told) {
    const fact = factOf(path)
    if (fact !== undefined) stored.set(path, fact)
    else
      for (const known of stored.keys())
        if (known === path || known.startsWith(`${path}/`)) stored.delete(known)
  }
  told.clear()
  const disk = readDisk(root)
  say({ type: 'missed', paths: differences(stored, disk) })
  stored = disk
}

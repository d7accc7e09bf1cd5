// Run in a namespace of mounts of its own: mounts and unmounts in a watched folder, and prints what it heard.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openChangeJournal, type WatchMethod } from '../src/index.ts'

const [method, place] = process.argv.slice(2) as [WatchMethod, string]
const root = join(place, 'root')
for (const name of ['mnt', 'dir', 'bound']) mkdirSync(join(root, name), { recursive: true })
writeFileSync(join(root, 'dir', 'x'), '')
await using journal = await openChangeJournal({ roots: [root], store: join(place, 'journal'), method })
await heard()

const mount = (...options: string[]) => void execFileSync('mount', options)
const unmount = (name: string) => void execFileSync('umount', [join(root, name)])
const write = (name: string) => writeFileSync(join(root, name), 'x')
const told: Record<string, string[]> = {}

mount('-t', 'tmpfs', 'none', join(root, 'mnt'))
told['mounted'] = await doubts()
write('mnt/file')
told['inside'] = await files()
unmount('mnt')
told['gone'] = await doubts()
mount('--bind', join(root, 'dir'), join(root, 'bound'))
told['bound'] = await doubts()
write('dir/x')
told['inBoth'] = await files()
unmount('bound')
told['unbound'] = await doubts()
write('dir/x')
told['inOne'] = await files()
mount('-t', 'tmpfs', 'none', root)
told['covered'] = await doubts()
unmount('')
told['uncovered'] = await doubts()
write('dir/x')
told['after'] = await files()
console.log(JSON.stringify(told))

async function heard() {
  const { cursor, dirty, unknown } = await journal.changes()
  const paths = [...dirty]
  await journal.settle(cursor, 'looked')
  return { paths, unknown }
}

async function doubts(): Promise<string[]> {
  const { unknown } = await heard()
  return unknown.map(({ path, reason }) => `${path.slice(root.length + 1)} ${reason}`)
}

/** Of folders nothing is said: some have another time, some have not. */
async function files(): Promise<string[]> {
  const { paths } = await heard()
  return paths.map((path) => path.slice(root.length + 1)).filter((name) => /[/](file|x)$/.test(name))
}

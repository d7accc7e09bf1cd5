/**
 * The full story of a backup with its replicas: backs up a real folder, encrypted; syncs it to two replicas; damages one
 * and heals it; destroys the first destination; restores both versions from a replica with nothing but the passphrase, and
 * compares them with what was there, byte by byte and time by time. Says before and after whether 3-2-1 holds.
 *
 *   node src/index.ts [FOLDER]     a copy of FOLDER is used; without it, this repository's own packages
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openBackup } from '@tercet/sdk'
import { collectEvidence, evaluatePolicy, threeTwoOne } from '@tercet/sdk/policy'
import { formatHealPlan, openMirror } from '@tercet/sdk/sync'
import { changeTree, makeSource } from './demo-source.ts'
import { describeTree, firstDifference } from './describe-tree.ts'

const work = await mkdtemp(join(tmpdir(), 'tercet-demo-'))
const source = join(work, 'source')
const destination = join(work, 'destination')
const catalogPath = join(work, 'catalog.sqlite')
const passphrase = 'three lines that belong together'
const replicas = [
  { backend: join(work, 'nas'), medium: 'nas', site: 'home' },
  { backend: join(work, 'vault'), medium: 'object-storage', site: 'elsewhere' }
]

try {
  const startedFrom = resolve(process.argv[2] ?? join(import.meta.dirname, '../../../packages'))
  await makeSource(startedFrom, source)
  console.log(`source        ${source}, a copy of ${startedFrom} and some odd names`)

  const before = await describeTree(source)
  await backUp('first backup')
  await changeTree(source)
  const after = await describeTree(source)
  await backUp('second backup')
  await judge('before')
  await replicate()
  await judge('after')
  await damageAndHeal()

  await rm(destination, { recursive: true })
  await rm(catalogPath)
  console.log('disaster      the destination and the catalog are gone: a replica and the passphrase are left')

  await restoreAndCompare(1, before)
  await restoreAndCompare(0, after)
  console.log('\nBoth versions are back: every byte, name, mode, time, link and extended attribute.')
} finally {
  await rm(work, { recursive: true, force: true })
}

async function judge(when: string): Promise<void> {
  await using backup = await openBackup({ destination, passphrase, catalogPath, replicas })
  const declared = { source: { medium: 'disk', site: 'home' }, primary: { medium: 'disk', site: 'home' } }
  const verdict = evaluatePolicy(threeTwoOne(), await collectEvidence(backup, undefined, declared))
  const found = verdict.rules.map(({ rule, found, needed }) => `${found} of ${needed} ${rule}`).join(', ')
  console.log(`3-2-1 ${when.padEnd(8)}${verdict.holds ? 'holds' : 'does not hold'}: ${found}`)
}

async function replicate(): Promise<void> {
  await using mirror = await openMirror({ primary: destination, replicas, catalogPath })
  const plan = await mirror.plan()
  const result = await mirror.run(plan)
  for (const { displayName, status, copied } of Object.values(result.replicas))
    console.log(`replica       ${displayName}: ${status}, ${copied.files} files, ${copied.bytes} bytes`)
  console.log(`read          ${plan.reads.length} files of the destination, each once for both`)
}

async function damageAndHeal(): Promise<void> {
  const nas = join(work, 'nas')
  const volume = (await readdir(nas)).find((name) => name.includes('.dblock.')) as string
  const bytes = await readFile(join(nas, volume))
  bytes[bytes.length >> 1] = ~(bytes[bytes.length >> 1] as number)
  await writeFile(join(nas, volume), bytes)
  await using backup = await openBackup({ destination, passphrase, catalogPath, replicas })
  const plan = await backup.planHeal()
  for (const line of formatHealPlan(plan)) console.log(`damage        ${line.trim()}`)
  const { healed, issues } = await backup.heal(plan)
  if (healed.length !== 1 || issues.length > 0) throw new Error(`heal: ${JSON.stringify(issues)}`)
  console.log(`healed        ${healed[0]?.path}`)
}

async function backUp(title: string): Promise<void> {
  await using backup = await openBackup({ destination, passphrase, catalogPath })
  const result = await backup.run({ sources: [source] })
  if (result.outcome !== 'success')
    throw new Error(`${title}: ${result.outcome} ${JSON.stringify(result.issues)}`)
  console.log(`${title.padEnd(14)}${result.examinedFiles} files examined, ${result.storedBytes} bytes stored`)
}

async function restoreAndCompare(version: number, expected: string[]): Promise<void> {
  const to = join(work, `restored-${version}`)
  await using backup = await openBackup({ destination: join(work, 'nas'), passphrase })
  const result = await backup.restore({ version, to, permissions: true })
  if (result.outcome !== 'success')
    throw new Error(`restore: ${result.outcome} ${JSON.stringify(result.issues)}`)
  const difference = firstDifference(expected, await describeTree(to))
  if (difference !== undefined) throw new Error(`version ${version} differs: ${difference}`)
  console.log(
    `version ${version}     ${expected.length} entries restored from the replica and compared: equal`
  )
}

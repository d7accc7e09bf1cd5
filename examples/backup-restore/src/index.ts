/**
 * Backs up a real folder to an encrypted destination, changes it, backs up again, throws the catalog away, restores
 * both versions from the destination alone and compares them with what was there, byte by byte and time by time.
 *
 *   node src/index.ts [FOLDER]     a copy of FOLDER is used; without it, this repository's own packages
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openBackup } from '@tercet/sdk'
import { changeTree, makeSource } from './demo-source.ts'
import { describeTree, firstDifference } from './describe-tree.ts'

const work = await mkdtemp(join(tmpdir(), 'tercet-demo-'))
const source = join(work, 'source')
const destination = join(work, 'destination')
const catalogPath = join(work, 'catalog.sqlite')
const passphrase = 'three lines that belong together'

try {
  const startedFrom = resolve(process.argv[2] ?? join(import.meta.dirname, '../../../packages'))
  await makeSource(startedFrom, source)
  console.log(`source        ${source}, a copy of ${startedFrom} and some odd names`)

  const before = await describeTree(source)
  await backUp('first backup')
  await changeTree(source)
  const after = await describeTree(source)
  await backUp('second backup')

  await rm(catalogPath)
  console.log('catalog       deleted: from here on there are the destination and the passphrase')

  await restoreAndCompare(1, before)
  await restoreAndCompare(0, after)
  console.log('\nBoth versions are back: every byte, name, mode, time, link and extended attribute.')
} finally {
  await rm(work, { recursive: true, force: true })
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
  await using backup = await openBackup({ destination, passphrase })
  const result = await backup.restore({ version, to, permissions: true })
  if (result.outcome !== 'success')
    throw new Error(`restore: ${result.outcome} ${JSON.stringify(result.issues)}`)
  const difference = firstDifference(expected, await describeTree(to))
  if (difference !== undefined) throw new Error(`version ${version} differs: ${difference}`)
  console.log(`version ${version}     ${expected.length} entries restored and compared: equal`)
}

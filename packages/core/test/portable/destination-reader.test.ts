import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createHasher } from '@tercet/crypto'
import { copyFixture, openFixture } from '@tercet/testkit-data'
import type { DlistEntry, VolumeProblem } from '@tercet/volume-format'
import { describe, expect, test } from 'vitest'
import { type DestinationReader, openDestination } from '../../src/portable/index.ts'
import { folderSource } from './folder-source.ts'

async function entriesOf(destination: DestinationReader, version: number): Promise<Map<string, DlistEntry>> {
  const entries = new Map<string, DlistEntry>()
  for await (const batch of destination.entries(version)) {
    for (const entry of batch) entries.set(entry.path.replace(/\/$/, ''), entry)
  }
  return entries
}

async function digest(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hasher = createHasher('SHA256')
  for await (const chunk of chunks) hasher.update(chunk)
  return Buffer.from(hasher.digest()).toString('hex')
}

describe.each([
  ['plain-zip', undefined],
  ['zip-zstd', undefined],
  ['hashes-384-1', undefined],
  ['odd-block', undefined],
  ['index-none', undefined],
  ['index-lookup', undefined],
  ['tgz', undefined],
  ['tzstd', undefined],
  ['gpg', undefined],
  ['aes-v2', (name: string) => name.includes('.dindex.')]
] as const)('%s', (name, hidden) => {
  const { info, destination: folder, expectedTree } = openFixture(name)

  test('restores every version, with what is asked for and no more files open at the end', async () => {
    const { source, counts } = folderSource(folder, hidden)
    const destination = await openDestination({ source, passphrase: info.passphrase })
    expect(destination.versions.map(({ number }) => number)).toEqual(
      Array.from({ length: info.versions }, (_, number) => number)
    )
    const problems: VolumeProblem[] = []
    const onProblem = (problem: VolumeProblem) => problems.push(problem)
    for (const { number } of destination.versions) {
      const entries = await entriesOf(destination, number)
      for (const expected of expectedTree(number)) {
        const path = expected.path === '.' ? info.source : `${info.source}/${expected.path}`
        const entry = entries.get(path)!
        if (expected.type === 'file') {
          expect([path, await digest(destination.content(entry, { onProblem }))]).toEqual([
            path,
            expected.sha256
          ])
        } else if (expected.type === 'symlink') {
          const metadata = await destination.metadata(entry, { onProblem })
          expect(metadata.get('CoreSymlinkTarget')).toBe(expected.target)
        }
      }
    }
    expect(problems).toEqual([])
    destination[Symbol.dispose]()
    expect(counts.open).toBe(0)
  })
})

test('asks for the passphrase, and tells a wrong one', async () => {
  const { source, counts } = folderSource(openFixture('aes-v2').destination)
  await expect(openDestination({ source })).rejects.toMatchObject({ code: 'CRYPTO_NO_PASSPHRASE' })
  await expect(openDestination({ source, passphrase: 'wrong' })).rejects.toMatchObject({
    code: 'CRYPTO_WRONG_PASSPHRASE'
  })
  expect(counts.open).toBe(0)
})

test('limits hold for every volume, and can be set', async () => {
  const { source, counts } = folderSource(openFixture('plain-zip').destination)
  for (const limits of [{ maxEntries: 1 }, { maxBlocksize: 1023 }]) {
    await expect(openDestination({ source, limits })).rejects.toMatchObject({
      code: expect.stringMatching(/^VOLUME_(?:LIMIT_EXCEEDED|BLOCKSIZE_LIMIT)$/)
    })
  }
  const one = await openDestination({ source, limits: { maxPathLength: 12 } })
  const problems: VolumeProblem[] = []
  for await (const _ of one.entries(0, { onProblem: (problem) => problems.push(problem) }));
  expect(problems.length).toBeGreaterThan(0)
  one[Symbol.dispose]()
  expect(counts.open).toBe(0)
})

test('a place without a backup, and one with two', async () => {
  const nothing = folderSource(openFixture('plain-zip').destination, () => true).source
  await expect(openDestination({ source: nothing })).rejects.toMatchObject({ code: 'DESTINATION_NO_BACKUP' })
  await using copy = await copyFixture('plain-zip')
  for (const name of readdirSync(copy.destination)) {
    copyFileSync(`${copy.destination}/${name}`, `${copy.destination}/${name.replace('duplicati-', 'other-')}`)
  }
  const { source } = folderSource(copy.destination)
  await expect(openDestination({ source })).rejects.toMatchObject({ code: 'DESTINATION_SEVERAL_BACKUPS' })
  using chosen = await openDestination({ source, prefix: 'other' })
  expect(chosen.versions).toHaveLength(copy.info.versions)
})

describe('with damage', () => {
  test('a damaged newest list and a damaged dindex are passed over', async () => {
    await using copy = await copyFixture('plain-zip')
    const names = readdirSync(copy.destination).sort()
    const newest = names.filter((name) => name.includes('.dlist.')).at(-1)!
    for (const name of [newest, ...names.filter((each) => each.includes('.dindex.'))]) {
      writeFileSync(`${copy.destination}/${name}`, 'nothing of this is an archive')
    }
    using destination = await openDestination({ source: folderSource(copy.destination).source })
    await expect(entriesOf(destination, 0)).rejects.toMatchObject({ code: 'VOLUME_ARCHIVE_INVALID' })
    const entries = await entriesOf(destination, 1)
    const expected = copy.expectedTree(1).find(({ type }) => type === 'file')!
    const problems: VolumeProblem[] = []
    const content = destination.content(entries.get(`${copy.info.source}/${expected.path}`)!, {
      onProblem: (problem) => problems.push(problem)
    })
    expect(await digest(content)).toBe((expected as { sha256?: string }).sha256)
    expect(problems.map(({ code }) => code)).toContain('VOLUME_ARCHIVE_INVALID')
  })

  test('a block is taken from a second dblock when the first is damaged, and missed when there is none', async () => {
    await using copy = await copyFixture('large-blocks')
    const dblocks = readdirSync(copy.destination).filter((name) => name.includes('.dblock.'))
    const harmed = dblocks[0]!
    const path = `${copy.destination}/${harmed}`
    const bytes = readFileSync(path)
    copyFileSync(path, `${copy.destination}/${harmed.replace(/-b\w+/, `-b${'a'.repeat(32)}`)}`)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(path, bytes)
    const { passphrase } = copy.info
    const read = async (hidden: (name: string) => boolean) => {
      using destination = await openDestination({
        source: folderSource(copy.destination, hidden).source,
        passphrase
      })
      const failed: unknown[] = []
      for (const entry of (await entriesOf(destination, 0)).values()) {
        if (entry.type !== 'File') continue
        await digest(destination.content(entry)).catch((error) => failed.push(error.code))
      }
      return failed
    }
    expect(await read(() => false)).toEqual([])
    const alone = await read((name) => name.includes('aaaaaaaa'))
    expect(new Set(alone)).toEqual(new Set(['BLOCK_NOT_FOUND']))
  })
})

test('what is put together from good blocks must be what was recorded', async () => {
  const { destination: folder } = openFixture('plain-zip')
  using destination = await openDestination({ source: folderSource(folder).source })
  const entries = [...(await entriesOf(destination, 0)).values()]
  const [one, two] = entries.filter(({ blocklists }) => blocklists !== undefined)
  const swapped = { ...one!, hash: two!.hash }
  await expect(digest(destination.content(swapped))).rejects.toMatchObject({
    code: 'DESTINATION_CONTENT_DAMAGED'
  })
  await expect(digest(destination.content(one!))).resolves.toHaveLength(64)
})

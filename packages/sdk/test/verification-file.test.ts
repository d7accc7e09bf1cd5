import { createMemoryBackend } from '@tercet/backend-memory'
import { createRandom } from '@tercet/testkit-faults'
import { decodeVerificationFile, verificationFileName } from '@tercet/volume-format'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBackup } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

test('15.46 a verification file that is asked for tells of all volumes after everything that changes them', async () => {
  const store = createMemoryBackend()
  await using backup = await openBackup({
    destination: store,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    catalogPath: place.catalogPath,
    workers: 0,
    verificationFile: true
  })
  const name = verificationFileName('duplicati')
  const isCurrent = async (): Promise<void> => {
    const records = decodeVerificationFile(Buffer.concat(await Array.fromAsync(store.get(name))))
    const told = records.filter(({ state }) => state === 'uploaded' || state === 'verified')
    const there = (await Array.fromAsync(store.list()))
      .map(({ path }) => path)
      .filter((path) => path !== name)
    expect(told.map((record) => record.name).sort()).toEqual(there.sort())
  }
  for (const seed of [1, 2, 3]) {
    place.write('a.txt', createRandom(seed).bytes(50_000))
    place.write('secret.txt', `${seed}`)
    await backup.run({ sources: [place.source], testSamples: 0 })
    await isCurrent()
  }
  await backup.delete({ keepVersions: 2, autoCompact: false })
  await isCurrent()
  await backup.compact({ threshold: 0, maxSmallVolumes: 1 })
  await isCurrent()
  await backup.purge(await backup.planPurge({ paths: ['secret.txt'], versions: [0] }))
  await isCurrent()
  const [lost] = (await Array.fromAsync(store.list())).filter(({ path }) => path.includes('.dindex.'))
  await store.delete(lost!.path)
  await backup.repair()
  await isCurrent()
})

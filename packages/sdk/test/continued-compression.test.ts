import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createAesCryptKeyring, openFileAccess } from '@tercet/crypto'
import { copyFixture } from '@tercet/testkit-data'
import { openVolume } from '@tercet/volume-format'
import { describe, expect, test } from 'vitest'
import { openBackup, type RunOptions } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

const TEXT = 'the same words again and again. '.repeat(500)

/** How the volumes are compressed that a backup adds to a destination that another program began. */
async function addedCompression(
  fixtureName: string,
  options: Partial<RunOptions> = {}
): Promise<Record<string, string>> {
  await using fixture = await copyFixture(fixtureName)
  using place = new Workplace()
  place.write('text.txt', TEXT)
  const before = new Set(readdirSync(fixture.destination))
  const { passphrase } = fixture.info
  await using backup = await openBackup({
    destination: fixture.destination,
    ...(passphrase === undefined ? {} : { passphrase }),
    catalogPath: place.catalogPath,
    workers: 0
  })
  const result = await backup.run({ sources: [place.source], ...options })
  expect(result.outcome).toBe('success')
  return compressionOf(fixture.destination, (name) => !before.has(name), passphrase)
}

/** The method of the volumes that are asked for, by type. */
function compressionOf(
  folder: string,
  isWanted: (name: string) => boolean,
  passphrase: string | undefined
): Record<string, string> {
  const keyring = passphrase === undefined ? undefined : createAesCryptKeyring(passphrase)
  const found: Record<string, string> = {}
  for (const name of readdirSync(folder)) {
    if (!isWanted(name)) continue
    const access = openFileAccess(join(folder, name))
    try {
      const { type, compression } = openVolume(access, name, { keyring })
      found[type] = compression
    } finally {
      access.close()
    }
  }
  return found
}

const all = (method: string) => ({ dblock: method, dindex: method, dlist: method })

describe('a destination that another program began', () => {
  test('goes on with the method it has', async () => {
    expect(await addedCompression('plain-zip')).toEqual(all('deflate'))
    expect(await addedCompression('zip-zstd')).toEqual(all('zstd'))
  })
  test('goes on with the method of its newest version', async () => {
    expect(await addedCompression('mixed-methods')).toEqual(all('none'))
  })
  test('goes on with another method on request', async () => {
    expect(await addedCompression('plain-zip', { compression: { method: 'zstd' } })).toEqual(all('zstd'))
  })
})

describe('a compression that was chosen', () => {
  const run = async (place: Workplace, text: string, options: Partial<RunOptions> = {}) => {
    place.write('text.txt', text)
    const before = new Set(readdirSync(place.path('destination')))
    await using backup = await openBackup({
      destination: place.path('destination'),
      encryption: 'none',
      catalogPath: place.catalogPath,
      workers: 0
    })
    await backup.run({ sources: [place.source], testSamples: 0, ...options })
    return compressionOf(place.path('destination'), (name) => !before.has(name), undefined)
  }
  const deflate: Partial<RunOptions> = { compression: { method: 'deflate', level: 6 } }

  test('stays until another one is, also when the catalog is lost', async () => {
    using place = new Workplace()
    mkdirSync(place.path('destination'), { recursive: true })
    expect(await run(place, TEXT)).toEqual(all('zstd'))
    expect(await run(place, `${TEXT}1`, deflate)).toEqual(all('deflate'))
    expect(await run(place, `${TEXT}2`)).toEqual(all('deflate'))
    rmSync(place.catalogPath)
    expect(await run(place, `${TEXT}3`)).toEqual(all('deflate'))
  })

  test('counts for what is left of a first run, too', async () => {
    using place = new Workplace()
    mkdirSync(place.path('destination'), { recursive: true })
    await run(place, TEXT, deflate)
    rmSync(place.catalogPath)
    for (const name of readdirSync(place.path('destination')))
      if (name.includes('.dlist.')) rmSync(join(place.path('destination'), name))
    expect(await run(place, `${TEXT}1`)).toEqual(all('deflate'))
  })
})

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createAesCryptKeyring, openFileAccess } from '@tercet/crypto'
import { copyFixture } from '@tercet/testkit-data'
import { openVolume } from '@tercet/volume-format'
import { describe, expect, test } from 'vitest'
import { openBackup, type RunOptions } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

/** How the volumes are compressed that a backup adds to a destination that another program began. */
async function addedCompression(
  fixtureName: string,
  options: Partial<RunOptions> = {}
): Promise<Record<string, string>> {
  await using fixture = await copyFixture(fixtureName)
  using place = new Workplace()
  place.write('text.txt', 'the same words again and again. '.repeat(500))
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
  const keyring = passphrase === undefined ? undefined : createAesCryptKeyring(passphrase)
  const found: Record<string, string> = {}
  for (const name of readdirSync(fixture.destination)) {
    if (before.has(name)) continue
    const access = openFileAccess(join(fixture.destination, name))
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

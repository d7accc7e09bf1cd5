import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseVolumeName } from '@tercet/volume-format'
import { afterAll, describe, expect, it } from 'vitest'
import type { BackupOptions } from '../../src/backup/backup-options.ts'
import type { EncryptionSettings } from '../../src/common/volume-keys.ts'
import { compact } from '../../src/compact/compact.ts'
import { planCompact } from '../../src/compact/plan-compact.ts'
import { deleteVersions } from '../../src/delete/delete-versions.ts'
import { planDelete } from '../../src/delete/plan-delete.ts'
import { planDestinationRepair } from '../../src/repair/plan-repair.ts'
import { repairDestination } from '../../src/repair/repair.ts'
import { verify } from '../../src/verify/verify.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'

const PASSPHRASE = 'pässw0rd 🔑'
const home = mkdtempSync(join(tmpdir(), 'tercet-gnupg-'))
afterAll(() => {
  execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  rmSync(home, { recursive: true })
})

interface Kind {
  readonly name: string
  readonly passphrase?: string
  readonly encryption?: EncryptionSettings
  readonly options?: Partial<BackupOptions>
  /** End of the names of its volumes. */
  readonly suffix: string
}

const TGZ = { compression: { method: 'tgz', level: 6 } } as const
const TZSTD = { compression: { method: 'tzstd', level: 3 } } as const
const KINDS: Kind[] = [
  { name: 'tgz', options: TGZ, suffix: 'tgz' },
  { name: 'tzstd in AES Crypt', passphrase: PASSPHRASE, options: TZSTD, suffix: 'tzstd.aes' },
  {
    name: 'zip in version 3 of AES Crypt',
    passphrase: PASSPHRASE,
    encryption: { aesVersion: 3, aesIterations: 10 },
    suffix: 'zip.aes'
  },
  { name: 'zip in OpenPGP', passphrase: PASSPHRASE, encryption: { module: 'gpg' }, suffix: 'zip.gpg' },
  {
    name: 'tgz in OpenPGP of the gpg program',
    passphrase: PASSPHRASE,
    // As many rounds as it takes by itself are a tenth of a second for each volume.
    encryption: { module: 'gpg', gpg: { homeFolder: home, encryptionSwitches: ['--s2k-count', '1024'] } },
    options: TGZ,
    suffix: 'tgz.gpg'
  },
  {
    name: 'other hashes for blocks and files, in blocks that are no multiple',
    options: { blockHash: 'SHA512', fileHash: 'MD5', blockSizeBytes: 1100 },
    suffix: 'zip'
  }
]

function fill(world: BackupWorld): void {
  world.write(
    'many blocks',
    Uint8Array.from({ length: 60_000 }, (_, i) => (i * i * 31) % 253)
  )
  world.write('folder/text', 'text '.repeat(500))
  world.write('empty', '')
}

describe.each(KINDS)('volumes of the kind $name', ({ passphrase, encryption, options, suffix }) => {
  it('15.12 15.18 are written, read, verified, recreated, continued, compacted and repaired', async () => {
    await using world = await createBackupWorld({ passphrase, encryption })
    fill(world)
    const first = await world.backUp({ ...options, volumeSizeBytes: 1024 * 1024 })
    expect(first.issues).toEqual([])
    const tree = await world.tree()
    const names = await world.volumes()
    expect(names.every((name) => name.endsWith(`.${suffix}`))).toBe(true)
    expect(names.every((name) => parseVolumeName(name) !== undefined)).toBe(true)
    await world.checkFormat()
    expect(await world.differences(0, tree)).toEqual([])
    expect(await world.differencesFromDestination(0, tree)).toEqual([])

    // The next one is of the same kind without being told.
    world.write('folder/text', 'other '.repeat(500))
    const { blockHash, fileHash, blockSizeBytes } = options ?? {}
    await world.backUp({ blockHash, fileHash, ...(blockSizeBytes === undefined ? {} : { blockSizeBytes }) })
    const all = await world.volumes()
    expect(all.every((name) => name.endsWith(`.${suffix}`))).toBe(true)
    expect((await verify(world.context, { samples: 'all' })).issues).toEqual([])

    await deleteVersions(world.context, await planDelete(world.context, { versions: [1] }))
    const plan = await planCompact(world.context, { threshold: 0 })
    await compact(world.context, plan)
    await world.checkFormat()

    const dindex = (await world.volumes()).find((name) => name.includes('.dindex.'))!
    rmSync(join(world.destination, dindex))
    await repairDestination(world.context, await planDestinationRepair(world.context))
    const repaired = await world.volumes()
    expect(repaired.every((name) => name.endsWith(`.${suffix}`))).toBe(true)
    expect((await verify(world.context, { samples: 'all' })).issues).toEqual([])
    await world.checkFormat()
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
  })
})

describe('a destination with volumes of every kind', () => {
  it('is read as one: the kind is a fact of each volume', async () => {
    await using world = await createBackupWorld({ passphrase: PASSPHRASE })
    fill(world)
    await world.backUp({ compression: { method: 'deflate', level: 1 } })
    world.write('more', 'more '.repeat(1000))
    await world.backUp(TGZ)
    world.write('more still', 'still '.repeat(1000))
    await world.backUp(TZSTD)
    const names = await world.volumes()
    for (const kind of ['zip', 'tgz', 'tzstd'])
      expect(names.some((name) => name.includes(`.${kind}.`))).toBe(true)
    await world.checkFormat()
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    expect((await verify(world.context, { samples: 'all' })).issues).toEqual([])
  })
})

describe('volumes in OpenPGP', () => {
  const openPgp = { passphrase: 'right', encryption: { module: 'gpg' } } as const

  it('are not continued with another passphrase, which is noticed before anything is written', async () => {
    await using world = await createBackupWorld(openPgp)
    fill(world)
    await world.backUp()
    const volumes = await world.volumes()
    const wrong = await world.reopen({ passphrase: 'wrong', encryption: openPgp.encryption })
    await expect(wrong.backUp()).rejects.toMatchObject({ code: 'BACKUP_PASSPHRASE_WRONG' })
    expect(await wrong.volumes()).toEqual(volumes)
    const right = await wrong.reopen(openPgp)
    expect((await right.backUp()).outcome).toBe('success')
    right.catalog.close()
  })

  it('are continued where one of them is damaged', async () => {
    await using world = await createBackupWorld(openPgp)
    fill(world)
    await world.backUp()
    const sizeOf = (name: string) => statSync(join(world.destination, name)).size
    const [smallest] = (await world.volumes()).sort((a, b) => sizeOf(a) - sizeOf(b))
    const path = join(world.destination, smallest!)
    const bytes = readFileSync(path)
    // Within the encrypted part, behind the packet with the salt.
    bytes[60] = bytes[60]! ^ 1
    writeFileSync(path, bytes)
    world.write('more', 'more '.repeat(1000))
    expect((await world.backUp()).version).toMatchObject({ isPartial: false })
  })
})

describe('volumes for the key of somebody', () => {
  it('are written without a secret, and read by its owner alone', async () => {
    const unprotected = ['--passphrase', '', '--pinentry-mode', 'loopback']
    const at = ['--homedir', home, '--batch', '--quiet']
    execFileSync(
      'gpg',
      [...at, ...unprotected, '--quick-generate-key', 'ada@example.org', 'future-default'],
      {
        stdio: 'pipe'
      }
    )
    const gpg = { homeFolder: home, recipients: ['ada@example.org'] }
    await using world = await createBackupWorld({ encryption: { gpg } })
    fill(world)
    expect((await world.backUp()).issues).toEqual([])
    const names = await world.volumes()
    expect(names.every((name) => name.endsWith('.zip.gpg'))).toBe(true)
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
  })
})

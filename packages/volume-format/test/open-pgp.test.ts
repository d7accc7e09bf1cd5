import { bytesAccess, collectSink, createAesCryptKeyring, hashBytes } from '@tercet/crypto'
import { encryptOpenPgp } from '@tercet/crypto/openpgp'
import { describe, expect, it } from 'vitest'
import * as native from '../src/index.node.ts'
import { entries, noise } from './entries.ts'

const settings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA256' } as const
const block = noise(500)

async function writeVolume(kind: 'zip' | 'tgz'): Promise<Uint8Array> {
  const sink = collectSink()
  const setting = kind === 'zip' ? ({ method: 'none' } as const) : ({ method: 'tgz', level: 6 } as const)
  using compressor = native.createCompressor(setting)
  const writer = native.createDblockWriter({
    sink,
    settings,
    createdAt: new Date(0),
    compressor,
    dblockSizeBytes: 2 ** 20
  })
  writer.addBlock(hashBytes('SHA256', block), block)
  writer.finish()
  const chunks: Uint8Array[] = []
  for await (const chunk of encryptOpenPgp([sink.bytes()], { passphrase: 'secret' })) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

describe.each(entries)('volumes in OpenPGP, %s', (_, format) => {
  it.each(['zip', 'tgz'] as const)('are opened with the passphrase: %s', async (kind) => {
    const volume = await writeVolume(kind)
    const name = `t-b00.dblock.${kind}.gpg`
    const keyring = createAesCryptKeyring('secret')
    const expected = { sizeBytes: volume.length, hash: hashBytes('SHA256', volume) }
    using reader = await format.openAnyVolume(bytesAccess(volume), name, { keyring, expected })
    if (reader.type !== 'dblock') throw new TypeError('no dblock')
    expect(reader.readBlock(reader.find(hashBytes('SHA256', block)))).toEqual(block)
    expect(reader.remoteHash).toEqual(expected.hash)

    const open = (options: Parameters<typeof format.openAnyVolume>[2], bytes = volume) =>
      format.openAnyVolume(bytesAccess(bytes), name, options)
    await expect(open({})).rejects.toMatchObject({ code: 'CRYPTO_NO_PASSPHRASE' })
    await expect(open({ keyring: createAesCryptKeyring('other') })).rejects.toMatchObject({
      code: 'CRYPTO_WRONG_PASSPHRASE'
    })
    const altered = new Uint8Array(volume)
    altered[volume.length - 30]! ^= 1
    await expect(open({ keyring }, altered)).rejects.toMatchObject({ code: 'CRYPTO_CORRUPT' })
    await expect(open({ keyring, expected }, altered)).rejects.toMatchObject({ code: 'VOLUME_HASH_MISMATCH' })
    await expect(open({ keyring, expected }, volume.slice(1))).rejects.toMatchObject({
      code: 'VOLUME_SIZE_MISMATCH'
    })
    expect(() => format.openVolume(bytesAccess(volume), name, { keyring })).toThrowError(
      expect.objectContaining({ code: expect.stringMatching(/^VOLUME_UNSUPPORTED_/) })
    )
  })
})

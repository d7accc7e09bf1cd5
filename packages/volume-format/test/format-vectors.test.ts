import { bytesAccess } from '@tercet/crypto'
import * as cryptoNode from '@tercet/crypto/node'
import * as cryptoPortable from '@tercet/crypto/portable'
import {
  compareReading,
  formatVectors,
  readFormatVector,
  type VectorErrorWord,
  type VectorReading,
  type VerificationVector,
  type VolumeVector
} from '@tercet/testkit-data'
import { describe, expect, test } from 'vitest'
import * as format from '../src/index.node.ts'
import * as portable from '../src/index.ts'
import { classifyRemoteName, decodeVerificationFile, type VolumeSettings } from '../src/index.ts'

/** The words of the vectors for our codes. */
const WORDS: Readonly<Record<string, VectorErrorWord>> = {
  CRYPTO_NO_PASSPHRASE: 'no-passphrase',
  CRYPTO_WRONG_PASSPHRASE: 'wrong-passphrase',
  CRYPTO_CORRUPT: 'corrupt',
  CRYPTO_TRUNCATED: 'truncated',
  CRYPTO_NOT_AESCRYPT: 'not-encrypted',
  CRYPTO_NOT_OPENPGP: 'not-encrypted',
  CRYPTO_NO_KEY: 'no-key',
  CRYPTO_UNAUTHENTICATED: 'unauthenticated',
  CRYPTO_UNSUPPORTED_VERSION: 'unsupported-version',
  CRYPTO_TOO_LARGE: 'over-limit',
  VOLUME_UNSUPPORTED_COMPRESSION: 'unsupported-kind',
  VOLUME_UNSUPPORTED_ENCRYPTION: 'unsupported-kind',
  VOLUME_UNSUPPORTED_METHOD: 'unsupported-method',
  VOLUME_SIZE_MISMATCH: 'size-differs',
  VOLUME_HASH_MISMATCH: 'hash-differs',
  VOLUME_ARCHIVE_INVALID: 'archive-invalid',
  VOLUME_ENTRY_MISSING: 'entry-missing',
  VOLUME_ENTRY_DAMAGED: 'entry-damaged',
  VOLUME_BLOCK_DAMAGED: 'block-damaged',
  VOLUME_MANIFEST_INVALID: 'manifest-invalid',
  VOLUME_MANIFEST_VERSION: 'unsupported-version',
  VOLUME_MANIFEST_ENCODING: 'manifest-invalid',
  VOLUME_MANIFEST_BLOCKSIZE: 'manifest-differs',
  VOLUME_BLOCKSIZE_LIMIT: 'over-limit',
  VOLUME_MANIFEST_HASH: 'manifest-differs',
  VOLUME_INDEX_INVALID: 'index-invalid',
  VOLUME_LIST_INVALID: 'list-invalid',
  VOLUME_VERIFICATION_INVALID: 'list-invalid',
  VOLUME_LIMIT_EXCEEDED: 'over-limit'
}

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

/** Opens a volume and reads all that is in it; the first thing that is wrong. */
async function firstError(
  { openAnyVolume }: Pick<typeof format, 'openAnyVolume'>,
  { createAesCryptKeyring }: Pick<typeof cryptoNode, 'createAesCryptKeyring'>,
  { file, passphrase, settings, recorded }: VolumeVector
): Promise<VectorErrorWord | undefined> {
  const expected = recorded && {
    sizeBytes: recorded.size,
    hash: new Uint8Array(Buffer.from(recorded.sha256, 'hex'))
  }
  try {
    using reader = await openAnyVolume(bytesAccess(bytesOf(file.base64)), file.name, {
      keyring: passphrase === undefined ? undefined : createAesCryptKeyring(passphrase),
      settings: settings as VolumeSettings | undefined,
      expected
    })
    if (reader.type === 'dlist') {
      for await (const entries of reader.entries()) expect(entries).toEqual([])
      return undefined
    }
    if (reader.type === 'dblock') for (let i = 0; i < reader.count; i++) reader.readBlock(i)
    else for (const _ of reader.volumes());
    const [problem] = reader.problems
    return problem && WORDS[problem.code]
  } catch (error) {
    const word = WORDS[(error as { code: string }).code]
    if (word === undefined) throw error
    return word
  }
}

const ids = formatVectors()
  .vectors.filter(({ kind }) => kind === 'volume')
  .map(({ id }) => id)

describe.each([
  ['of Node', format, cryptoNode],
  ['that is portable', portable, cryptoPortable]
] as const)('the reader %s', (_name, reader, crypto) => {
  test.each(ids)('refuses the volume %s for the right reason', async (id) => {
    const vector = readFormatVector(id) as VolumeVector
    expect(compareReading(vector, { error: await firstError(reader, crypto, vector) })).toEqual([])
  })
})

const verifications = formatVectors().vectors.filter(({ kind }) => kind === 'verification')

test.each(verifications.map(({ id }) => id))('the file %s is read, or refused', (id) => {
  const vector = readFormatVector(id) as VerificationVector
  expect(compareReading(vector, readVerification(vector))).toEqual([])
})

function readVerification({ file }: VerificationVector): VectorReading {
  try {
    const records = decodeVerificationFile(bytesOf(file.base64)).map(
      ({ name, type, state, sizeBytes, hash }) => ({
        name,
        type,
        state,
        size: sizeBytes,
        sha256: hash && Buffer.from(hash).toString('hex')
      })
    )
    return { records }
  } catch (error) {
    return { error: WORDS[(error as { code: string }).code] }
  }
}

test('names of remote files are what the vectors say', () => {
  const vector = readFormatVector('names')
  if (vector.kind !== 'names') throw new Error('no vector of names')
  const { prefix } = vector
  const names = vector.names.map(({ name }) => {
    const found = classifyRemoteName(name, { prefix })
    if (found.kind === 'volume') return found.volume.type
    return found.kind === 'parity' || found.kind === 'verification' ? found.kind : 'other'
  })
  expect(compareReading(vector, { names })).toEqual([])
})

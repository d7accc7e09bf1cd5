import { rmSync } from 'node:fs'
import { type HashAlgorithm, type OpenPgpEncryptor, openFileAccess, piecesOf } from '@tercet/crypto'
import type { VolumeFile } from './finished-volume.ts'
import { VolumeFileWriter } from './volume-file-writer.ts'

/**
 * Encrypts a volume of the spool as an OpenPGP message, into a file of its own. The plain file is left where it is.
 *
 * @throws CoreError `SPOOL_FULL`, `SPOOL_FAILED`; CryptoError `CRYPTO_PROGRAM_FAILED`. Nothing new is left then
 */
export async function sealVolume(
  plain: VolumeFile,
  path: string,
  options: { readonly encryptor: OpenPgpEncryptor; readonly fileHash: HashAlgorithm }
): Promise<VolumeFile> {
  using file = openFileAccess(plain.path)
  const target = new VolumeFileWriter({ path, key: undefined, fileHash: options.fileHash })
  try {
    for await (const chunk of options.encryptor.encrypt(copiesOf(file))) target.write(chunk)
    return { name: plain.name, path, ...target.finish() }
  } catch (error) {
    target.discard()
    throw error
  }
}

/** Removes the files of a volume that was sent, or will not be. */
export function removeFiles({ path, plainPath }: VolumeFile): void {
  for (const file of [path, plainPath]) if (file !== undefined) rmSync(file, { force: true })
}

/** Copies, because whoever encrypts reads ahead. */
function* copiesOf(file: ReturnType<typeof openFileAccess>): Generator<Uint8Array, void, undefined> {
  for (const piece of piecesOf(file, 0, file.size)) yield new Uint8Array(piece)
}

import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type OpenStoredVolumeOptions, openStoredVolume } from '@tercet/core'
import { createVolumeKeyring, type EncryptionSettings } from '@tercet/engine'
import { type ByteSource, type CallOptions, isTercetError, type Secret } from '@tercet/interface'

export interface ContentCheckOptions {
  readonly passphrase: Secret | string | undefined
  readonly encryption?: EncryptionSettings | undefined
  /** Largest block size that is taken from what was not recorded. @defaultValue 16 MiB */
  readonly maxBlocksize?: number | undefined
  readonly spoolFolder?: string | undefined
}

/**
 * Tells whether bytes are a whole volume: they can be decrypted, their MAC is right, and each block, index or list in
 * them can be read. It takes nothing but the passphrase, so it works where nothing was recorded.
 */
export function contentCheck({ passphrase, encryption, maxBlocksize, spoolFolder }: ContentCheckOptions) {
  const opening = { keyring: createVolumeKeyring({ passphrase, encryption }), maxBlocksize }
  return async (name: string, content: ByteSource, { signal }: CallOptions): Promise<boolean> => {
    const local = content.localFile?.path
    if (local !== undefined) return await isWhole(local, name, opening, signal)
    const folder = await mkdtemp(join(spoolFolder ?? tmpdir(), 'tercet-check-'))
    try {
      const path = join(folder, 'volume')
      await pipeline(content.open({ signal }), createWriteStream(path), { signal })
      return await isWhole(path, name, opening, signal)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function isWhole(
  path: string,
  name: string,
  opening: Pick<OpenStoredVolumeOptions, 'keyring' | 'maxBlocksize'>,
  signal: AbortSignal | undefined
): Promise<boolean> {
  try {
    using reader = await openStoredVolume({ path, name, ...opening })
    if (reader.type === 'dblock') {
      for (let block = 0; block < reader.count; block++) reader.readBlock(block)
      return reader.problems.length === 0
    }
    if (reader.type === 'dindex') {
      for (const _ of reader.volumes());
      for (const _ of reader.lists());
      return reader.problems.length === 0
    }
    let problems = 0
    for await (const _ of reader.entries({ signal, onProblem: () => problems++ }));
    return problems === 0
  } catch (error) {
    signal?.throwIfAborted()
    // Nothing is known of such a volume but that nobody has asked for it.
    if (isTercetError(error, 'VOLUME_BLOCKSIZE_LIMIT')) throw error
    if (isTercetError(error) && /^(VOLUME|CRYPTO)_/.test(error.code)) return false
    throw error
  }
}

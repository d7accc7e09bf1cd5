import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { createAesCryptEncryptor, deriveAesCryptKey } from '@tercet/crypto'
import { loadNative } from '@tercet/native'
import { createCompressor, DEFAULT_COMPRESSION } from '@tercet/volume-format'
import { createRandom } from './random.ts'

const BLOCK_BYTES = 1024 * 1024
/** Blocks that are looked at, picked at random, the same in each run. */
const SAMPLE = 192

/**
 * What no backup of this file can exceed on so many cores, in bytes a second: every block is read, hashed alone and as
 * part of the file, and compressed; what is left is encrypted, authenticated and hashed. One thread does each of these
 * with nothing else between, and the cores share its processor time evenly. Writing, checksums and directories are not
 * counted.
 */
export function throughputLimit(file: string, cores: number): number {
  const blocks = Math.floor(fs.statSync(file).size / BLOCK_BYTES)
  const random = createRandom(1)
  const fd = fs.openSync(file, 'r')
  const block = new Uint8Array(BLOCK_BYTES)
  const whole = createHash('sha256')
  const volume = createHash('sha256')
  const encryptor = createAesCryptEncryptor(
    deriveAesCryptKey('key'),
    {
      write(bytes) {
        volume.update(bytes)
      }
    },
    { ciphers: loadNative()?.aesCbc }
  )
  using compressor = createCompressor(DEFAULT_COMPRESSION)
  let seconds = 0
  let bytes = 0
  for (let taken = 0; taken < SAMPLE; taken++) {
    const position = random.int(blocks) * BLOCK_BYTES
    // Once before, so that the file comes from the page cache, as in a measurement.
    fs.readSync(fd, block, 0, BLOCK_BYTES, position)
    const before = process.threadCpuUsage()
    fs.readSync(fd, block, 0, BLOCK_BYTES, position)
    createHash('sha256').update(block).digest()
    whole.update(block)
    // The encryptor authenticates, and hands the ciphertext to the hash of the volume.
    encryptor.write(compressor.compress(block))
    // The first blocks warm up.
    if (taken < SAMPLE / 8) continue
    const { user, system } = process.threadCpuUsage(before)
    seconds += (user + system) / 1e6
    bytes += BLOCK_BYTES
  }
  fs.closeSync(fd)
  return (bytes / seconds) * cores
}

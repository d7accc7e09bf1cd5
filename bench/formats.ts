/**
 * MB/s of reading and writing each kind of archive and cipher on one thread, beside what the codec below it gives in the
 * same process: `npm run bench:formats` (a volume of 50 MB; `-- --mb=8` for a look).
 */
import { type ByteSink, bytesAccess, piecesOf } from '@tercet/crypto'
import * as cryptoNode from '@tercet/crypto/node'
import { decryptOpenPgp, encryptOpenPgp } from '@tercet/crypto/openpgp'
import * as cryptoPortable from '@tercet/crypto/portable'
import * as formatNode from '@tercet/volume-format/node'
import * as formatPortable from '@tercet/volume-format/portable'
import { makeBlocks } from './src/format-data.ts'
import { nativeLimits, portableLimits } from './src/format-limits.ts'

const megabytes = Number(/--mb=(\d+)/.exec(process.argv.join(' '))?.[1] ?? 50)
const only = /--only=([\w,]+)/.exec(process.argv.join(' '))?.[1]?.split(',')
const ROUNDS = 5
const settings = { blocksize: 102_400, blockHash: 'SHA256', fileHash: 'SHA256' } as const
const blocks = makeBlocks(megabytes * 1_000_000, settings.blocksize)
const totalBytes = blocks.reduce((sum, block) => sum + block.length, 0)
const hashes = blocks.map((block) => cryptoNode.hashBytes('SHA256', block))

interface Measured {
  readonly what: string
  readonly write: number
  readonly read: number
}

/** Best of some rounds, in MB/s of content. */
async function best(work: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    await work()
    least = Math.min(least, performance.now() - start)
  }
  return totalBytes / 1000 / least
}

const NOWHERE: ByteSink = { write() {} }

async function archive(
  name: string,
  format: typeof formatNode | typeof formatPortable,
  setting: formatNode.CompressionSetting,
  writer: typeof formatNode | typeof formatPortable = format
): Promise<Measured> {
  const write = (sink: ByteSink, by: typeof format) => {
    using compressor = by.createCompressor(setting)
    const volume = by.createDblockWriter({
      sink,
      settings,
      createdAt: new Date(0),
      compressor,
      dblockSizeBytes: 2 ** 40
    })
    for (const [i, block] of blocks.entries()) volume.addBlock(hashes[i]!, block)
    volume.finish()
  }
  const collected = cryptoNode.collectSink()
  write(collected, writer)
  const bytes = collected.bytes()
  const kind = formatNode.archiveKind(setting)
  return {
    what: name,
    write: format === writer ? await best(() => write(NOWHERE, format)) : Number.NaN,
    read: await best(async () => {
      using reader = await format.openAnyVolume(bytesAccess(bytes), `t-b00.dblock.${kind}`)
      if (reader.type === 'dblock') for (let i = 0; i < reader.count; i++) reader.readBlock(i)
    })
  }
}

async function aesCrypt(name: string, crypto: typeof cryptoNode | typeof cryptoPortable): Promise<Measured> {
  const key = crypto.deriveAesCryptKey('secret')
  const keyring = crypto.createAesCryptKeyring('secret', { keys: [key] })
  const write = (sink: ByteSink) => {
    const encryptor = crypto.createAesCryptEncryptor(key, sink)
    for (const block of blocks) encryptor.write(block)
    encryptor.finish()
  }
  const collected = crypto.collectSink()
  write(collected)
  const file = bytesAccess(collected.bytes())
  return {
    what: name,
    write: await best(() => write(NOWHERE)),
    read: await best(() => {
      const plain = crypto.openAesCrypt(file, keyring)
      for (const _ of piecesOf(plain, 0, plain.size));
    })
  }
}

async function openPgp(): Promise<Measured> {
  const message: Uint8Array[] = []
  for await (const chunk of encryptOpenPgp(blocks, { passphrase: 'secret' })) message.push(chunk)
  const drain = async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const _ of chunks);
  }
  return {
    what: 'openpgp',
    write: await best(() => drain(encryptOpenPgp(blocks, { passphrase: 'secret' }))),
    read: await best(() => drain(decryptOpenPgp(message, { passphrase: 'secret' })))
  }
}

const deflate = { method: 'deflate', level: 6 } as const
const CASES: Readonly<Record<string, () => Promise<readonly [Measured, Measured]>>> = {
  stored: async () => [
    await archive('zip, stored', formatNode, { method: 'none' }),
    await nativeLimits.stored(blocks, best)
  ],
  deflate: async () => [
    await archive('zip, deflate 6', formatNode, deflate),
    await nativeLimits.deflate(blocks, best)
  ],
  zstd: async () => [
    await archive('zip, zstd 3', formatNode, { method: 'zstd', level: 3 }),
    await nativeLimits.zstd(blocks, best)
  ],
  tgz: async () => [
    await archive('tgz 6', formatNode, { method: 'tgz', level: 6 }),
    await nativeLimits.tgz(blocks, best)
  ],
  tzstd: async () => [
    await archive('tzstd 3', formatNode, { method: 'tzstd', level: 3 }),
    await nativeLimits.tzstd(blocks, best)
  ],
  aes: async () => [await aesCrypt('aes crypt 2', cryptoNode), await nativeLimits.aes(blocks, best)],
  openpgp: async () => [await openPgp(), await nativeLimits.openpgp(blocks, best)],
  portable: async () => [
    await archive('portable zip, deflate 6', formatPortable, deflate),
    await portableLimits.deflate(blocks, best)
  ],
  portabletgz: async () => [
    await archive('portable tgz 6', formatPortable, { method: 'tgz', level: 6 }),
    await portableLimits.tgz(blocks, best)
  ],
  portableaes: async () => [
    await aesCrypt('portable aes crypt 2', cryptoPortable),
    await portableLimits.aes(blocks, best)
  ]
}

console.log(`${(totalBytes / 1e6).toFixed(0)} MB, MB/s of content, best of ${ROUNDS}`)
console.log('| what | write | limit | share | read | limit | share |\n|---|---|---|---|---|---|---|')
for (const [name, measure] of Object.entries(CASES)) {
  if (only !== undefined && !only.includes(name)) continue
  const [ours, limit] = await measure()
  const row = [ours.what, ...cells(ours.write, limit.write), ...cells(ours.read, limit.read)]
  console.log(`| ${row.join(' | ')} |`)
}

function cells(value: number, limit: number): string[] {
  return [value.toFixed(0), limit.toFixed(0), `${((100 * value) / limit).toFixed(0)} %`]
}

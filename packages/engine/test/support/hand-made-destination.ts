import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { collectSink, hashBytes, toBase64 } from '@tercet/crypto'
import {
  createCompressor,
  createDblockWriter,
  createZipWriter,
  EMPTY_METADATA,
  encodeManifest,
  METHOD_STORED
} from '@tercet/volume-format'

const settings = { blocksize: 102_400, blockHash: 'SHA256', fileHash: 'SHA256' } as const
const createdAt = new Date('2025-07-02T08:00:00Z')
const utf8 = new TextEncoder()

/** Writes a destination whose list has empty files and folders by these paths, also those that no writer would store. */
export function writePathDestination(folder: string, paths: readonly string[]): void {
  const metadata = hashBytes('SHA256', EMPTY_METADATA)
  const dblock = collectSink()
  using compressor = createCompressor({ method: 'none' })
  const blocks = createDblockWriter({
    sink: dblock,
    settings,
    createdAt,
    compressor,
    dblockSizeBytes: 2 ** 20
  })
  blocks.addBlock(metadata, EMPTY_METADATA)
  blocks.finish()
  writeFileSync(join(folder, 'duplicati-b00.dblock.zip'), dblock.bytes())

  const hash = toBase64(metadata)
  const common = { metahash: hash, metasize: EMPTY_METADATA.length }
  const entries = paths.map((path) =>
    /[/\\]$/.test(path)
      ? { type: 'Folder', path, ...common, metablockhash: hash }
      : {
          type: 'File',
          path,
          hash: toBase64(hashBytes('SHA256', new Uint8Array(0))),
          size: 0,
          time: '20250701T000000Z',
          ...common
        }
  )
  const dlist = collectSink()
  const zip = createZipWriter(dlist, { createdAt })
  const add = (name: string, content: Uint8Array) =>
    zip.addEntry(utf8.encode(name), content, content, METHOD_STORED)
  add('manifest', encodeManifest(settings, { createdAt }))
  add('filelist.json', utf8.encode(JSON.stringify(entries)))
  zip.finish()
  writeFileSync(join(folder, 'duplicati-20250702T080000Z.dlist.zip'), dlist.bytes())
}

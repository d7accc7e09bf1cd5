import { bytesAccess, collectSink, hashBytes, toBase64 } from '@tercet/crypto'
import { describe, expect, test } from 'vitest'
import { entries as packageEntries } from './entries.ts'
import * as example from './worked-example.ts'

const { settings, createdAt, appVersion } = example
const hashText = (bytes: Uint8Array) => toBase64(hashBytes('SHA256', bytes))

describe.each(packageEntries)('the worked example, %s codecs', (_name, format) => {
  const compressor = format.createCompressor({ method: 'none' })
  const begin = () => ({ sink: collectSink(), settings, createdAt, appVersion, compressor })

  function writeDblock() {
    const options = begin()
    const writer = format.createDblockWriter({ ...options, dblockSizeBytes: 1024 * 1024 })
    for (const block of example.blocks) expect(writer.addBlock(hashBytes('SHA256', block), block)).toBe(true)
    const sizeBytes = writer.sizeBytes
    const content = writer.finish()
    expect(content.sizeBytes).toBe(sizeBytes)
    return { bytes: options.sink.bytes(), content }
  }

  test('the metadata blobs', () => {
    expect(hashText(example.folderMetadata)).toBe('xMn/LwQxfxTWTB5ETG5b5G5HSxcNTXg+V9F+PmjevPk=')
    expect(hashText(example.linkMetadata)).toBe('1uHxwxKYjiliuqKJ5iH2Fh4mSPFZsD94G9ZdRQSYw7w=')
    expect(hashText(example.fileMetadata)).toBe('TYydSPkTM+y7J6OHd1waekI4LX4/dVAo/rI6+PsP3Ic=')
    expect(hashText(format.EMPTY_METADATA)).toBe('qiXpeARtaA74dA2Dfm3lvB4qLcYInb2hASVEtTjVP2U=')
  })

  test('the dblock, byte for byte', () => {
    const { bytes } = writeDblock()
    expect(bytes).toHaveLength(example.volumes.dblock.sizeBytes)
    expect(hashText(bytes)).toBe(toBase64(example.volumes.dblock.hash))
  })

  test('the dindex, byte for byte', () => {
    const { content } = writeDblock()
    const options = begin()
    const writer = format.createDindexWriter(options)
    writer.addList(hashBytes('SHA256', example.blocklist), example.blocklist)
    writer.addVolume({
      name: example.DBLOCK,
      ...content,
      volumeHash: example.volumes.dblock.hash,
      volumeSize: example.volumes.dblock.sizeBytes
    })
    expect(writer.finish()).toBe(example.volumes.dindex.sizeBytes)
    expect(hashText(options.sink.bytes())).toBe(toBase64(example.volumes.dindex.hash))
  })

  test('the dlist, byte for byte', async () => {
    const { sink } = begin()
    const written = await format.writeDlist({
      sink,
      spool: format.createMemorySpool(),
      settings,
      createdAt,
      appVersion,
      compression: { method: 'none' },
      isFull: true,
      entries: example.entries
    })
    expect(written).toMatchObject({ entries: 5, sizeBytes: example.volumes.dlist.sizeBytes })
    expect(hashText(sink.bytes())).toBe(toBase64(example.volumes.dlist.hash))

    const dlist = format.openDlist(bytesAccess(sink.bytes()), example.DLIST, { settings })
    expect(dlist.isFull).toBe(true)
    const read = (await Array.fromAsync(dlist.entries())).flat()
    expect(read.map((entry) => entry.path)).toEqual(example.entries.map((entry) => entry.path))
    expect(read.map((entry) => format.metadataLayout(entry, settings))).toEqual(
      example.entries.map((entry) => format.metadataLayout(entry, settings))
    )
  })
})

import { assertKnownKeys } from '@tercet/interface'
import { type CompressionSetting, isSolidCompression } from './compression-setting.ts'
import { beginVolume, type VolumeWriterOptions, WRITER_KEYS } from './dblock-writer.ts'
import type { DlistEntry } from './dlist-entry.ts'
import { CONTROL_FOLDER, type ControlFile, FILELIST_ENTRY, isControlFileName } from './dlist-reader.ts'
import { FilelistEncoder } from './filelist-encoder.ts'
import { encodeFileset, FILESET_ENTRY } from './manifest.ts'
import type { Platform } from './platform.ts'
import type { Spool } from './spool.ts'
import { VolumeError } from './volume-error.ts'
import { METHOD_DEFLATE, METHOD_STORED, METHOD_ZSTD } from './zip-format.ts'

export interface WriteDlistOptions extends VolumeWriterOptions {
  /** Takes the compressed list until its size is known. */
  readonly spool: Spool
  readonly compression: CompressionSetting
  /** False for a partial version. */
  readonly isFull: boolean
  /**
   * Entries in the order in which they are to stand: Duplicati puts folders and links first, sorted by path, then files.
   * Paths must not repeat; that is the caller's to know.
   */
  readonly entries: Iterable<DlistEntry> | AsyncIterable<DlistEntry | readonly DlistEntry[]>
  /** Stored along, and no part of the version. */
  readonly controlFiles?: Iterable<ControlFile> | undefined
  readonly signal?: AbortSignal | undefined
}

export interface WrittenDlist {
  readonly entries: number
  /** Length of the archive, before encryption. */
  readonly sizeBytes: number
  /** Length of the list, uncompressed. */
  readonly listBytes: number
}

const OWN_KEYS = ['spool', 'compression', 'isFull', 'entries', 'controlFiles', 'signal']

const CHUNK_BYTES = 262_144
const NO_COMPRESSION = { method: 'none' } as const

/**
 * Writes one dlist volume (format section 5) in memory bounded by one chunk of the list; entries are taken as they are
 * needed. After a failure what was written to the sink is no volume.
 *
 * @throws VolumeError `VOLUME_ENTRY_INVALID` or a code of the path for an entry that must not be written,
 * `VOLUME_UNSUPPORTED_METHOD`, `VOLUME_INVALID_NAME` for a control file; `signal.reason` after an abort
 */
export async function writeDlist(platform: Platform, options: WriteDlistOptions): Promise<WrittenDlist> {
  assertKnownKeys(options, [...WRITER_KEYS, ...OWN_KEYS], 'writeDlist')
  const { spool, settings, entries, signal } = options
  const solid = isSolidCompression(options.compression) ? options.compression : undefined
  const compression = isSolidCompression(options.compression) ? NO_COMPRESSION : options.compression
  signal?.throwIfAborted()
  const text = new TextEncoder()
  const archive = beginVolume(platform, options, solid)
  const fileset = encodeFileset(options.isFull)
  archive.addEntry(text.encode(FILESET_ENTRY), fileset, fileset, METHOD_STORED)
  for (const { name, bytes } of options.controlFiles ?? []) {
    if (!isControlFileName(name)) {
      throw new VolumeError('VOLUME_INVALID_NAME', `A control file cannot be named ${JSON.stringify(name)}`)
    }
    archive.addEntry(text.encode(CONTROL_FOLDER + name), bytes, bytes, METHOD_STORED)
  }

  const encoder = new FilelistEncoder(settings, CHUNK_BYTES + 65_536)
  let crc = 0
  let listBytes = 0
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of encodeEntries(encoder, entries, signal)) {
      crc = platform.crc32(chunk, crc)
      listBytes += chunk.length
      yield chunk
    }
  }

  if (compression.method === 'none') for await (const chunk of chunks()) spool.write(chunk)
  else await platform.compressStream(compression.method, compression.level, chunks(), spool)
  signal?.throwIfAborted()

  const method = { none: METHOD_STORED, deflate: METHOD_DEFLATE, zstd: METHOD_ZSTD }[compression.method]
  archive.beginEntry(text.encode(FILELIST_ENTRY), method, crc, spool.sizeBytes, listBytes)
  for (const chunk of spool.chunks()) archive.writePacked(chunk)
  return { entries: encoder.entryCount, sizeBytes: archive.finish(), listBytes }
}

async function* encodeEntries(
  encoder: FilelistEncoder,
  entries: WriteDlistOptions['entries'],
  signal: AbortSignal | undefined
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const batch of batchesOf(entries)) {
    for (const entry of batch) {
      encoder.add(entry)
      if (encoder.pendingBytes < CHUNK_BYTES) continue
      signal?.throwIfAborted()
      yield encoder.take()
    }
  }
  encoder.end()
  yield encoder.take()
}

/** A synchronous iterable is one long batch: no promise for each entry. */
async function* batchesOf(entries: WriteDlistOptions['entries']): AsyncGenerator<Iterable<DlistEntry>> {
  if (!(Symbol.asyncIterator in entries)) yield entries
  else for await (const item of entries) yield Symbol.iterator in item ? item : [item]
}

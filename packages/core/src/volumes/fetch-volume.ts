import { closeSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { createHasher, equalBytes, type HashAlgorithm, type Hasher } from '@tercet/crypto'
import { abortable, type CallOptions, type StorageBackend, untilAborted } from '@tercet/interface'
import { CoreError } from '../core-error.ts'
import { type Spool, spoolError } from './spool.ts'

export interface FetchVolumeOptions extends CallOptions {
  /** What the file must be; a difference rejects with `DESTINATION_VOLUME_DAMAGED`. */
  readonly expected?:
    | { readonly sizeBytes?: number | undefined; readonly hash?: Uint8Array | undefined }
    | undefined
  /**
   * Computes the hash while the bytes pass; needed where one is expected. Costs a pass of its own over a file that is
   * on this machine already, which opening the volume makes anyway.
   */
  readonly hashAlgorithm?: HashAlgorithm | undefined
  /** Told how many bytes came so far. */
  readonly onProgress?: ((fetchedBytes: number) => void) | undefined
}

/** A volume as a file on this machine, which must not be changed. Disposing removes it, unless it is the destination's own. */
export interface FetchedVolume extends Disposable {
  readonly path: string
  readonly sizeBytes: number
  /** Bytes that came from the destination; 0 when the destination's own file serves. */
  readonly fetchedBytes: number
  readonly hash: Uint8Array | undefined
}

const WINDOW_BYTES = 262_144
let fetches = 0

/**
 * Brings a volume to this machine: without a copy where the destination is a local disk, else into the spool.
 *
 * @throws StorageError; CoreError `DESTINATION_VOLUME_DAMAGED`, `SPOOL_FULL`, `SPOOL_FAILED`; `signal.reason`. Nothing is left then
 */
export async function fetchVolume(
  backend: StorageBackend,
  spool: Spool,
  name: string,
  options: FetchVolumeOptions = {}
): Promise<FetchedVolume> {
  const { signal, expected, hashAlgorithm } = options
  signal?.throwIfAborted()
  const hasher = hashAlgorithm === undefined ? undefined : createHasher(hashAlgorithm)
  const own = await untilAborted(backend.localFile(name, { signal }), signal)
  const path = own ?? spool.pathOf(`fetched-${fetches++}`)
  const remove = () => {
    if (own === undefined) rmSync(path, { force: true })
  }
  try {
    const sizeBytes =
      own === undefined
        ? await download(backend.get(name, { signal }), { path, spool, hasher, options })
        : hasher === undefined
          ? statSync(own).size
          : readThrough(own, hasher)
    const hash = hasher === undefined ? undefined : new Uint8Array(hasher.digest())
    assertExpected(name, expected, sizeBytes, hash)
    const fetchedBytes = own === undefined ? sizeBytes : 0
    return { path, sizeBytes, fetchedBytes, hash, [Symbol.dispose]: remove }
  } catch (error) {
    remove()
    throw error
  }
}

async function download(
  bytes: AsyncIterable<Uint8Array>,
  target: { path: string; spool: Spool; hasher: Hasher | undefined; options: FetchVolumeOptions }
): Promise<number> {
  const { path, spool, hasher, options } = target
  const most = options.expected?.sizeBytes
  const fd = guarded(spool, () => openSync(path, 'wx', 0o600))
  let size = 0
  try {
    for await (const chunk of abortable(bytes, options.signal)) {
      hasher?.update(chunk)
      guarded(spool, () => writeAll(fd, chunk))
      size += chunk.length
      options.onProgress?.(size)
      // No more is stored of a volume that is too long than shows that it is.
      if (most !== undefined && size > most) break
    }
  } finally {
    closeSync(fd)
  }
  return size
}

function readThrough(path: string, hasher: Hasher): number {
  const fd = openSync(path, 'r')
  try {
    const window = new Uint8Array(WINDOW_BYTES)
    let size = 0
    for (;;) {
      const count = readSync(fd, window)
      if (count === 0) return size
      hasher.update(window.subarray(0, count))
      size += count
    }
  } finally {
    closeSync(fd)
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done)
}

function guarded<T>(spool: Spool, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw spoolError(error, spool.folder)
  }
}

function assertExpected(
  name: string,
  expected: FetchVolumeOptions['expected'],
  sizeBytes: number,
  hash: Uint8Array | undefined
): void {
  const size = expected?.sizeBytes
  const reason =
    size !== undefined && size !== sizeBytes
      ? `it has ${sizeBytes > size ? 'more' : sizeBytes} bytes instead of ${size}`
      : expected?.hash !== undefined && hash !== undefined && !equalBytes(expected.hash, hash)
        ? 'its content is not what was stored'
        : undefined
  if (reason === undefined) return
  throw new CoreError('DESTINATION_VOLUME_DAMAGED', `The volume ${name} is damaged: ${reason}`, {
    context: { volume: name, sizeBytes }
  })
}

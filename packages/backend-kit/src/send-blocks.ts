import type { ByteSource, PutOptions } from '@tercet/interface'
import { inBlocks } from './in-blocks.ts'
import { outgoing, tellProgress } from './outgoing.ts'

export interface BlockSender {
  /** Size of a block; the last one is shorter. */
  readonly blockBytes: number
  /** Blocks that are sent at the same time. */
  readonly parallel: number
  /** Told each block in order, before it is sent. */
  readonly onBlock?: ((bytes: Buffer) => void) | undefined
  /** Sends one block. `signal` is aborted when another one could not be sent, too. */
  send(index: number, bytes: Buffer, signal: AbortSignal): Promise<void>
}

/**
 * Sends what a source yields in blocks, some at the same time. At most as many are in memory as are sent at the same time,
 * and one that is being filled. Rejects with the first failure when nothing is being sent any more.
 */
export async function sendBlocks(
  source: ByteSource,
  options: PutOptions | undefined,
  { blockBytes, parallel, onBlock, send }: BlockSender
): Promise<void> {
  const failure = new AbortController()
  const signal = AbortSignal.any([failure.signal, ...(options?.signal === undefined ? [] : [options.signal])])
  const running = new Set<Promise<void>>()
  const free: Buffer[] = []
  let sent = 0
  const sendOne = async (index: number, bytes: Buffer): Promise<void> => {
    await send(index, bytes, signal)
    if (bytes.byteLength === blockBytes) free.push(bytes)
    sent += bytes.byteLength
    tellProgress(options, sent)
  }
  try {
    const content = outgoing(source, { ...options, onProgress: undefined })
    let index = 0
    for await (const bytes of inBlocks(content, blockBytes, source.size, free)) {
      signal.throwIfAborted()
      onBlock?.(bytes)
      const sending: Promise<void> = sendOne(index++, bytes).finally(() => running.delete(sending))
      sending.catch((error) => failure.abort(error))
      running.add(sending)
      if (running.size >= parallel) await Promise.race(running)
    }
    await Promise.all(running)
  } catch (error) {
    failure.abort(error)
    await Promise.allSettled(running)
    throw options?.signal?.aborted ? options.signal.reason : failure.signal.reason
  }
}

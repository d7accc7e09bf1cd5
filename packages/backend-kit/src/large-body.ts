import type { IncomingMessage } from 'node:http'
import { createConnection, type NetConnectOpts, type Socket } from 'node:net'
import { LargeReads } from './large-reads.ts'

/** What the parser of HTTP gets at once; it copies what it keeps of that. */
const PARSED_BYTES = 64 * 1024
/** From this size on it is worth a connection of its own. */
const LARGE_BYTES = 4 * 1024 * 1024

interface Tap {
  /** Who takes what arrives in the place of the parser. */
  reads: LargeReads | undefined
  /** Bytes of the body that have not arrived. */
  left: number
}

const taps = new WeakMap<Socket, Tap>()

/** A connection without TLS for requests of `node:http`, whose parser {@link bodyChunks} can leave out. */
export function connectTapped(options: NetConnectOpts): Socket {
  const tap: Tap = { reads: undefined, left: 0 }
  const parsed = Buffer.allocUnsafeSlow(PARSED_BYTES)
  const buffer = (): Uint8Array => {
    const { reads } = tap
    return reads === undefined ? parsed : (reads.onread.buffer as () => Uint8Array)()
  }
  const callback = (bytes: number, into: Uint8Array): boolean => {
    const { reads } = tap
    if (reads === undefined || into === parsed) {
      const chunk = parsed.subarray(0, bytes)
      if (reads !== undefined) take(tap, Buffer.from(chunk))
      else if (!socket.emit('data', chunk)) socket.destroy() // nobody has asked for anything
    } else if (bytes <= tap.left) {
      tap.left -= bytes
      reads.onread.callback(bytes, into)
      if (tap.left === 0) reads.end()
    } else socket.destroy()
    return true
  }
  const socket = createConnection({ ...options, onread: { buffer, callback } })
  taps.set(socket, tap)
  return socket
}

/**
 * The body of an answer. One that is large, and comes over a connection that was made for it, does not go through the parser, which
 * copies everything in pieces of 64 KiB; that connection is not used again.
 */
export function bodyChunks(answer: IncomingMessage): AsyncIterable<Uint8Array> {
  const tap = taps.get(answer.socket)
  const length = Number(answer.headers['content-length'])
  const isPlain = answer.headers['transfer-encoding'] === undefined && length >= LARGE_BYTES
  if (tap === undefined || !isPlain || answer.complete || answer.destroyed) return answer
  return untapped(answer, tap, length)
}

async function* untapped(
  answer: IncomingMessage,
  tap: Tap,
  length: number
): AsyncGenerator<Uint8Array, void, undefined> {
  const { socket } = answer
  const reads = new LargeReads({ pause: () => socket.pause(), resume: () => socket.resume() })
  let failure: Error | undefined
  answer.once('error', (error) => {
    failure = error
  })
  answer.once('close', () => reads.end())
  tap.left = length
  tap.reads = reads
  const parsed = answer.read() as Buffer | null
  if (parsed !== null) take(tap, parsed)
  socket.resume()
  try {
    yield* reads
    if (failure !== undefined) throw failure
  } finally {
    answer.destroy()
  }
}

/** What has come by way of the parser, or was meant for it. */
function take(tap: Tap, chunk: Buffer): void {
  const part = chunk.subarray(0, tap.left)
  tap.left -= part.byteLength
  tap.reads?.push(part)
  if (tap.left === 0) tap.reads?.end()
}

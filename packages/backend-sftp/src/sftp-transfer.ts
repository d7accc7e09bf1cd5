import type { SftpSession } from './sftp-session.ts'

/** Bytes of one request. */
const PIECE_BYTES = 131072
/** Requests whose answers are awaited at the same time, so that the way there and back costs nothing. */
const IN_FLIGHT = 16

/**
 * Writes all chunks to a file from its start. Resolves with their length when the server has acknowledged them; a failure of the
 * server is what `explain` makes of it, one of the chunks stays as it is.
 */
export async function writeFile(
  session: SftpSession,
  handle: Buffer,
  chunks: AsyncIterable<Uint8Array>,
  explain: (error: unknown) => Promise<unknown>
): Promise<number> {
  const pending = new Set<Promise<void>>()
  let position = 0
  let failure: { readonly error: unknown } | undefined
  const send = (piece: Buffer, at: number): void => {
    const request = session
      .ask((sftp, answer) => sftp.write(handle, piece, 0, piece.byteLength, at, answer))
      .then(
        () => {
          pending.delete(request)
        },
        (error: unknown) => {
          pending.delete(request)
          failure ??= { error }
        }
      )
    pending.add(request)
  }
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES)
      send(piece, position)
      position += piece.byteLength
      while (pending.size >= IN_FLIGHT) await Promise.race(pending)
      if (failure !== undefined) throw await explain(failure.error)
    }
  }
  await Promise.all(pending)
  if (failure !== undefined) throw await explain(failure.error)
  return position
}

/** Reads a file from `start` up to `end` in order, ahead of who takes the bytes. Ends early where the file does. */
export async function* readFile(
  session: SftpSession,
  handle: Buffer,
  start: number,
  end: number
): AsyncGenerator<Uint8Array, void, undefined> {
  const ahead: Promise<Buffer>[] = []
  let position = start
  const fill = (): void => {
    while (ahead.length < IN_FLIGHT && position < end) {
      const length = Math.min(PIECE_BYTES, end - position)
      const piece = readPiece(session, handle, position, length)
      piece.catch(() => {}) // told when its turn comes
      ahead.push(piece)
      position += length
    }
  }
  fill()
  for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
    const piece = await next
    if (piece.byteLength === 0) return
    yield piece
    fill()
  }
}

/** A server may send less than it was asked for. */
async function readPiece(
  session: SftpSession,
  handle: Buffer,
  position: number,
  length: number
): Promise<Buffer> {
  const piece = Buffer.allocUnsafeSlow(length)
  let filled = 0
  while (filled < length) {
    const offset = filled
    const count = await session.ask<number>((sftp, answer) =>
      sftp.read(handle, piece, offset, length - offset, position + offset, answer)
    )
    if (count === 0) break
    filled += count
  }
  return piece.subarray(0, filled)
}

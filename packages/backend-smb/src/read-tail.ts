import { open, rm, truncate, writeFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

/** Pause between looks whether a file has grown, in milliseconds. */
const LOOK_MS = 5
const PIECE_BYTES = 256 * 1024

/** An empty file that seems to have so many bytes already. */
export async function makeHollowFile(path: string, bytes: number): Promise<void> {
  await writeFile(path, '', { mode: 0o600 })
  await truncate(path, bytes)
}

/** Yields what another process adds to a file behind `start`, up to `end`, or until `done` settles; then removes it. */
export async function* readTail(
  path: string,
  start: number,
  end: number,
  done: Promise<unknown>
): AsyncGenerator<Uint8Array, void, undefined> {
  let isDone = false
  const note = (): void => {
    isDone = true
  }
  done.then(note, note)
  const file = await open(path, 'r')
  try {
    for (let position = start; position < end; ) {
      const wasDone = isDone // what was written before that is there now
      const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, end - position))
      const { bytesRead } = await file.read(piece, 0, piece.byteLength, position)
      position += bytesRead
      if (bytesRead > 0) yield piece.subarray(0, bytesRead)
      else if (wasDone) return
      else await setTimeout(LOOK_MS)
    }
  } finally {
    await file.close()
    await rm(path, { force: true })
  }
}

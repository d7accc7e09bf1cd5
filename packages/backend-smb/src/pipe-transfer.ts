import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

// Pipes are opened without waiting and used as sockets are, so that no thread is kept busy by one that is full or empty.

/** Pauses between looks whether the other side has opened the pipe, in milliseconds. */
const FIRST_LOOK_MS = 1
const LAST_LOOK_MS = 20

/**
 * Writes chunks to a named pipe that another process reads to its end. Resolves early, without a failure, when `done` says
 * that nobody reads it any more; rejects with the failure of the chunks.
 */
export async function writePipe(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  done: Promise<unknown>
): Promise<void> {
  let isDone = false
  let socket: Socket | undefined
  const end = (): void => {
    isDone = true
    socket?.destroy()
  }
  done.then(end, end)
  socket = await openWriter(path, () => isDone)
  if (socket === undefined) return
  try {
    for await (const chunk of chunks) {
      // A pipe that is full makes the next chunk wait.
      await new Promise((resolve) => socket.write(chunk, resolve))
      if (socket.destroyed) return
    }
  } finally {
    socket.destroy()
  }
}

/** A pipe can be opened for writing only once somebody reads it; undefined when nobody will. */
async function openWriter(path: string, isDone: () => boolean): Promise<Socket | undefined> {
  for (let pause = FIRST_LOOK_MS; !isDone(); pause = Math.min(LAST_LOOK_MS, 2 * pause)) {
    try {
      const socket = new Socket({
        fd: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK),
        readable: false
      })
      socket.on('error', () => {}) // the reader has gone, and tells by itself why
      return socket
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error
      await setTimeout(pause)
    }
  }
  return undefined
}

/** Yields what another process writes to a named pipe, until `done` says that it has written all. */
export async function* readPipe(
  path: string,
  done: () => Promise<unknown>
): AsyncGenerator<Uint8Array, void, undefined> {
  const socket = new Socket({
    fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
    writable: false
  })
  try {
    // While this side has it open for writing, too, it does not end before the other side has opened it.
    const keeper = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    const end = (): void => closeSync(keeper)
    done().then(end, end)
    for await (const chunk of socket) yield chunk as Uint8Array
  } finally {
    socket.destroy()
  }
}

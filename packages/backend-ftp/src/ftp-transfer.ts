import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Client, FTPContext, FTPResponse, TaskResolver } from 'basic-ftp'

/** Bytes that may wait for who takes them, so that neither side waits for the other. */
const AHEAD_BYTES = 1024 * 1024

/**
 * Sends all chunks as a new file (RFC 959, section 4.1.3, STOR). Rejects with what the server says: that it takes no more is told
 * by a reply, while the connection for data only breaks, often before. What `chunks` fails with is passed on.
 */
export async function sendFile(
  client: Client,
  name: string,
  chunks: AsyncIterable<Uint8Array>
): Promise<void> {
  await client.prepareTransfer(client.ftp)
  const transfer = new Transfer(client.ftp, `STOR ${name}`, async (socket) => {
    await secured(socket, transfer)
    for await (const chunk of chunks) {
      if (transfer.isOver || socket.destroyed) return
      if (!socket.write(chunk)) await transfer.event(socket, 'drain')
    }
    socket.end()
    if (!socket.writableFinished) await transfer.event(socket, 'finish')
  })
  await transfer.end
}

/** The bytes of a file from `start` on (RETR, behind REST). Who stops early must close the connection for commands. */
export async function* receiveFile(
  client: Client,
  name: string,
  start: number
): AsyncGenerator<Uint8Array, void, undefined> {
  await client.prepareTransfer(client.ftp)
  const queue: Buffer[] = []
  let ahead = 0
  let hasEnded = false
  let wake = (): void => {}
  const end = (): void => {
    hasEnded = true
    wake()
  }
  const take = (socket: Socket): void => {
    socket.on('data', (chunk: Buffer) => {
      queue.push(chunk)
      ahead += chunk.byteLength
      if (ahead >= AHEAD_BYTES) socket.pause().setTimeout(0) // the server is not to blame
      wake()
    })
  }
  const takeMore = (): void => {
    const socket = client.ftp.dataSocket
    if (socket?.isPaused() === true && ahead < AHEAD_BYTES / 2) socket.resume().setTimeout(client.ftp.timeout)
  }
  const command = start > 0 ? `REST ${start}` : `RETR ${name}`
  const transfer = new Transfer(
    client.ftp,
    command,
    async (socket) => {
      take(socket)
      await transfer.event(socket, 'end')
      if (!socket.readableEnded) throw new Error('The data connection was lost')
    },
    `RETR ${name}`
  )
  transfer.end.then(end, end)
  for (;;) {
    const chunk = queue.shift()
    if (chunk !== undefined) {
      yield chunk
      ahead -= chunk.byteLength
      takeMore()
    } else if (hasEnded) break
    else {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  await transfer.end
}

/** One command that moves data: over when the server has said so and the data are through, or when it has refused. */
class Transfer {
  /** Rejects with the refusal of the server, or with what happened to the connection. */
  readonly end: Promise<void>
  isOver = false
  readonly #ftp: FTPContext
  readonly #move: (socket: Socket) => Promise<void>
  readonly #afterRestart: string | undefined
  readonly #waiting = new Set<() => void>()
  #hasStarted = false
  #hasMoved = false
  #hasReply = false

  constructor(
    ftp: FTPContext,
    command: string,
    move: (socket: Socket) => Promise<void>,
    afterRestart?: string | undefined
  ) {
    this.#ftp = ftp
    this.#move = move
    this.#afterRestart = afterRestart
    this.end = ftp.handle(command, (answer, task) => this.#take(answer, task))
  }

  /** Waits for an event of the connection for data, or for its end, or for that of the transfer; no longer than the server may take. */
  async event(socket: Socket, name: 'drain' | 'finish' | 'end' | 'secureConnect'): Promise<void> {
    if (this.isOver || socket.destroyed) return
    socket.setTimeout(this.#ftp.timeout)
    await new Promise<void>((resolve) => {
      this.#waiting.add(resolve)
      const done = (): void => {
        this.#waiting.delete(resolve)
        socket.off(name, done).off('close', done)
        resolve()
      }
      socket.on(name, done).on('close', done)
    })
    socket.setTimeout(0)
  }

  #take(answer: FTPResponse | Error, task: TaskResolver): void {
    if (answer instanceof Error) this.#finish(() => task.reject(answer))
    else if (answer.code === 150 || answer.code === 125) this.#start(task)
    else if (answer.code === 350 && this.#afterRestart !== undefined) this.#ftp.send(this.#afterRestart)
    else if (answer.code >= 300)
      this.#ftp.closeWithError(new Error(`The server asks for more: ${answer.message}`))
    else if (answer.code >= 200) {
      this.#hasReply = true
      this.#finishWhenDone(task)
    }
  }

  #start(task: TaskResolver): void {
    const socket = this.#ftp.dataSocket
    if (this.#hasStarted || socket === undefined) return
    this.#hasStarted = true
    this.#ftp.socket.setTimeout(0) // now the connection for data shows whether the server is there
    this.#move(socket).then(
      () => {
        this.#hasMoved = true
        if (!this.isOver) this.#ftp.socket.setTimeout(this.#ftp.timeout)
        this.#finishWhenDone(task)
      },
      (error: Error) => this.#finish(() => task.reject(error))
    )
  }

  #finishWhenDone(task: TaskResolver): void {
    if (this.#hasMoved && this.#hasReply) this.#finish(() => task.resolve(undefined))
  }

  #finish(settle: () => void): void {
    if (this.isOver) return
    this.isOver = true
    settle()
    this.#ftp.dataSocket = undefined
    for (const wake of this.#waiting) wake()
  }
}

/** Servers begin with TLS when the transfer begins. */
async function secured(socket: Socket, transfer: Transfer): Promise<void> {
  if (socket instanceof TLSSocket && socket.getCipher() === undefined)
    await transfer.event(socket, 'secureConnect')
}

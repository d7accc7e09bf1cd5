import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { LargeReads, type TlsTrust } from '@tercet/backend-kit'
import { type Client, type FTPContext, FTPError, type FTPResponse, type TaskResolver } from 'basic-ftp'
import { openDataConnection, readFromPort } from './data-connection.ts'

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
  const transfer = new Transfer(client.ftp, [`STOR ${name}`], async (socket) => {
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

/** A connection for commands, and what it asks of those for data. */
export interface FtpLink {
  readonly client: Client
  readonly trust: TlsTrust
  /** False once the server has refused EPSV. */
  knowsEpsv: boolean
}

/** A file that the server has begun to send. */
export interface OpenFile {
  /** How many bytes are sent, from those servers that tell it. */
  readonly toldBytes: number | undefined
  readonly chunks: AsyncIterable<Uint8Array>
}

/**
 * Asks for the bytes of a file from `start` on (RETR, behind REST); rejects when the server refuses. Who does not read all of them
 * must close the connection for commands.
 */
export async function openFile(link: FtpLink, name: string, start: number): Promise<OpenFile> {
  const { client, trust } = link
  const { ftp } = client
  const reads = new LargeReads({
    pause: () => ftp.dataSocket?.pause().setTimeout(0), // the server is not to blame
    resume: () => ftp.dataSocket?.resume().setTimeout(ftp.timeout)
  })
  const get = [...(start > 0 ? [`REST ${start}`] : []), `RETR ${name}`]
  if (ftp.hasTLS || !link.knowsEpsv) {
    await openDataConnection(ftp, trust, reads)
    return await opened(ftp, get, reads)
  }
  try {
    // The server waits for the connection, so what is wanted can be said while that is made.
    return await opened(ftp, ['EPSV', ...get], reads, (answer) => readFromPort(ftp, answer, reads))
  } catch (error) {
    if (!(error instanceof FTPError) || ![500, 502].includes(error.code)) throw error
    link.knowsEpsv = false
    return await openFile(link, name, start)
  }
}

async function opened(
  ftp: FTPContext,
  commands: readonly string[],
  reads: LargeReads,
  connect?: (answer: string) => void
): Promise<OpenFile> {
  const begun = Promise.withResolvers<string>()
  const move = async (socket: Socket, message: string): Promise<void> => {
    begun.resolve(message)
    await transfer.event(socket, 'end')
    if (!socket.readableEnded) throw new Error('The data connection was lost')
    reads.end()
  }
  const transfer = new Transfer(ftp, commands, move, connect)
  transfer.end.catch((error: Error) => {
    reads.end()
    begun.reject(error)
  })
  const [, bytes] = /\((\d{1,15}) bytes\)\.?\s*$/.exec(await begun.promise) ?? []
  return { toldBytes: bytes === undefined ? undefined : Number(bytes), chunks: untilEnd(reads, transfer.end) }
}

async function* untilEnd(
  chunks: AsyncIterable<Uint8Array>,
  end: Promise<void>
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks
  await end
}

/** The commands that move data, of which the last does: over when the server has said so and the data are through, or when it has refused. */
class Transfer {
  /** Rejects with the refusal of the server, or with what happened to the connection. */
  readonly end: Promise<void>
  isOver = false
  readonly #ftp: FTPContext
  readonly #move: (socket: Socket, message: string) => Promise<void>
  readonly #commands: string[]
  readonly #connect: ((answer: string) => void) | undefined
  readonly #waiting = new Set<() => void>()
  #hasStarted = false
  #hasMoved = false
  #hasReply = false

  constructor(
    ftp: FTPContext,
    commands: readonly string[],
    move: (socket: Socket, message: string) => Promise<void>,
    connect?: ((answer: string) => void) | undefined
  ) {
    this.#ftp = ftp
    this.#move = move
    const [first, ...others] = commands
    this.#commands = others
    this.#connect = connect
    this.end = ftp.handle(first, (answer, task) => this.#take(answer, task))
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
    else if (answer.code === 150 || answer.code === 125) this.#start(task, answer.message)
    else if (answer.code === 229 && this.#connect !== undefined) {
      this.#connect(answer.message)
      this.#sendNext()
    } else if (answer.code === 350 && this.#commands.length > 0) this.#sendNext()
    else if (answer.code >= 300)
      this.#ftp.closeWithError(new Error(`The server asks for more: ${answer.message}`))
    else if (answer.code >= 200) {
      this.#hasReply = true
      this.#finishWhenDone(task)
    }
  }

  #sendNext(): void {
    const command = this.#commands.shift()
    if (command !== undefined) this.#ftp.send(command)
  }

  #start(task: TaskResolver, message: string): void {
    const socket = this.#ftp.dataSocket
    if (this.#hasStarted || socket === undefined) return
    this.#hasStarted = true
    this.#ftp.socket.setTimeout(0) // now the connection for data shows whether the server is there
    this.#move(socket, message).then(
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

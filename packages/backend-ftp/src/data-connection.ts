import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { assertFingerprint, type LargeReads, type TlsTrust } from '@tercet/backend-kit'
import {
  enterPassiveModeIPv4,
  enterPassiveModeIPv6,
  type FTPContext,
  FTPError,
  type FTPResponse
} from 'basic-ftp'

/** How long the server's word on why a connection for data was reset is waited for. */
const REASON_MS = 1000

/**
 * Opens a connection for data to the host of the commands, as the server offers it.
 *
 * A server that refuses a transfer resets this connection as well, often before its word on why has arrived; so a reset is a
 * failure only when no word follows.
 *
 * @param reads takes what arrives
 */
export async function openDataConnection(
  ftp: FTPContext,
  trust: TlsTrust,
  reads?: LargeReads | undefined
): Promise<FTPResponse> {
  const response = await enterPassiveMode(ftp, reads)
  const socket = ftp.dataSocket
  if (socket === undefined) return response
  socket.setNoDelay(true)
  awaitReason(ftp, socket)
  if (socket instanceof TLSSocket) socket.once('secureConnect', () => assertSame(socket, trust))
  return response
}

/**
 * Begins to connect to the port of an answer to EPSV (RFC 2428), without TLS. The client library makes its sockets itself, and they
 * read in small pieces.
 */
export function readFromPort(ftp: FTPContext, answer: string, reads: LargeReads): void {
  const [, , port] = /\((.)\1\1(\d{1,5})\1\)/.exec(answer) ?? []
  const host = ftp.socket.remoteAddress
  if (port === undefined || host === undefined)
    throw new Error(`The server offers no port for data: ${answer}`)
  const socket = new Socket({ onread: reads.onread })
  ftp.dataSocket = socket
  awaitReason(ftp, socket)
  socket.connect(Number(port), host)
}

function awaitReason(ftp: FTPContext, socket: Socket): void {
  for (const event of ['error', 'close']) socket.removeAllListeners(event)
  socket.on('error', (error) => {
    setTimeout(() => {
      if (ftp.dataSocket === socket) ftp.closeWithError(error)
    }, REASON_MS).unref()
  })
}

async function enterPassiveMode(ftp: FTPContext, reads: LargeReads | undefined): Promise<FTPResponse> {
  try {
    const response = await enterPassiveModeIPv6(ftp)
    readByEvents(ftp, reads)
    return response
  } catch (error) {
    if (!(error instanceof FTPError)) throw error
    const response = await enterPassiveModeIPv4(ftp) // the server does not know EPSV
    const { dataSocket, socket } = ftp
    if (addressOf(dataSocket?.remoteAddress) === addressOf(socket.remoteAddress)) {
      readByEvents(ftp, reads)
      return response
    }
    ftp.dataSocket = undefined
    dataSocket?.destroy()
    throw new Error('The server leads to another host for data; that is not followed')
  }
}

function readByEvents({ dataSocket }: FTPContext, reads: LargeReads | undefined): void {
  if (reads !== undefined) dataSocket?.on('data', (chunk: Buffer) => reads.push(chunk))
}

function addressOf(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:/i, '')
}

/** A connection that continues the session of the commands has shown its certificate there. */
function assertSame(socket: TLSSocket, trust: TlsTrust): void {
  if (socket.isSessionReused()) return
  try {
    assertFingerprint(socket, trust)
  } catch (error) {
    socket.destroy(error as Error)
  }
}

import { TLSSocket } from 'node:tls'
import { assertFingerprint, type TlsTrust } from '@tercet/backend-kit'
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
 */
export async function openDataConnection(ftp: FTPContext, trust: TlsTrust): Promise<FTPResponse> {
  const response = await enterPassiveMode(ftp)
  const socket = ftp.dataSocket
  if (socket === undefined) return response
  socket.setNoDelay(true)
  for (const event of ['error', 'close']) socket.removeAllListeners(event)
  socket.on('error', (error) => {
    setTimeout(() => {
      if (ftp.dataSocket === socket) ftp.closeWithError(error)
    }, REASON_MS).unref()
  })
  if (socket instanceof TLSSocket) socket.once('secureConnect', () => assertSame(socket, trust))
  return response
}

async function enterPassiveMode(ftp: FTPContext): Promise<FTPResponse> {
  try {
    return await enterPassiveModeIPv6(ftp)
  } catch (error) {
    if (!(error instanceof FTPError)) throw error
    const response = await enterPassiveModeIPv4(ftp) // the server does not know EPSV
    const { dataSocket, socket } = ftp
    if (addressOf(dataSocket?.remoteAddress) === addressOf(socket.remoteAddress)) return response
    ftp.dataSocket = undefined
    dataSocket?.destroy()
    throw new Error('The server leads to another host for data; that is not followed')
  }
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

import { TLSSocket } from 'node:tls'
import { assertFingerprint, type TlsTrust, tlsOptions } from '@tercet/backend-kit'
import { revealSecret } from '@tercet/interface'
import { Client } from 'basic-ftp'
import { openDataConnection } from './data-connection.ts'
import { ftpError } from './ftp-errors.ts'
import type { ResolvedFtpOptions } from './ftp-options.ts'

/** The largest listing that is read. */
const MAX_LISTING_BYTES = 256 * 1024 * 1024

/** One connection for commands, which has at most one for data at a time. */
export class FtpSession {
  readonly client: Client
  readonly trust: TlsTrust
  /** Where the login leads. */
  readonly home: string
  /** What the server can do beyond the protocol (RFC 2389). */
  readonly features: ReadonlySet<string>

  /** The server was seen to tell the size of a file when it begins to send it. */
  tellsSizes = false
  knowsEpsv = true

  private constructor(client: Client, trust: TlsTrust, home: string, features: ReadonlySet<string>) {
    this.client = client
    this.trust = trust
    this.home = home
    this.features = features
  }

  /** Connects and logs in. An abort gives the connection up at once. */
  static async open(
    options: ResolvedFtpOptions,
    where: string,
    signal: AbortSignal | undefined
  ): Promise<FtpSession> {
    signal?.throwIfAborted()
    const client = new Client(options.timeoutMs, { maxListingBytes: MAX_LISTING_BYTES })
    const giveUp = (): void => client.close()
    signal?.addEventListener('abort', giveUp)
    try {
      await connect(client, options)
      client.ftp.socket.setNoDelay(true)
      await client.sendIgnoringError('OPTS UTF8 ON')
      await client.login(options.username, revealSecret(options.password))
      await client.useDefaultSettings()
      const features = new Set([...(await client.features()).keys()].map((name) => name.toUpperCase()))
      return new FtpSession(client, options.trust, await client.pwd(), features)
    } catch (error) {
      client.close()
      signal?.throwIfAborted()
      throw ftpError(error, { where, call: 'log in' })
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }

  get isOpen(): boolean {
    return !this.client.closed
  }

  /** Everything that is under way fails. */
  close(): void {
    this.client.close()
  }
}

async function connect(client: Client, { host, port, encryption, trust }: ResolvedFtpOptions): Promise<void> {
  const tls = { ...tlsOptions(trust), host, servername: /^[\d.]+$|:/.test(host) ? '' : host }
  if (encryption === 'implicit') await client.connectImplicitTLS(host, port, tls)
  else await client.connect(host, port)
  if (encryption === 'explicit') await client.useTLS(tls)
  if (client.ftp.socket instanceof TLSSocket) assertFingerprint(client.ftp.socket, trust) // before the password is sent
  client.prepareTransfer = (ftp) => openDataConnection(ftp, trust)
}

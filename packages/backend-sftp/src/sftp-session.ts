import { connect, type Socket } from 'node:net'
import { describeCall, type FailedCall } from '@tercet/backend-kit'
import { revealSecret, StorageError } from '@tercet/interface'
import ssh2, { type Client, type SftpChannel } from 'ssh2'
import { fingerprintOf } from './host-keys.ts'
import { loginError } from './sftp-errors.ts'
import type { ResolvedSftpOptions } from './sftp-options.ts'

type Answer<Result> = (error: Error | null | undefined, result: Result) => void

/** One connection with one SFTP channel. */
export class SftpSession {
  readonly #sftp: SftpChannel
  readonly #client: Client
  readonly #socket: Socket
  /** The client forgets some requests when the connection is lost. */
  readonly #pending = new Set<(error: Error) => void>()
  #isOpen = true

  private constructor(client: Client, sftp: SftpChannel, socket: Socket) {
    this.#client = client
    this.#socket = socket
    this.#sftp = sftp
    const lost = (): void => this.#lose()
    client.on('close', lost).on('end', lost).on('error', lost)
    socket.once('close', lost)
    sftp.on('close', lost).on('error', lost)
  }

  /** Connects and logs in. An abort gives the connection up at once. */
  static async open(
    options: ResolvedSftpOptions,
    where: string,
    signal: AbortSignal | undefined
  ): Promise<SftpSession> {
    signal?.throwIfAborted()
    const client = new ssh2.Client()
    const socket = connect({ host: options.host, port: options.port, noDelay: true })
    const giveUp = (): void => {
      socket.destroy()
    }
    signal?.addEventListener('abort', giveUp)
    let shown: string | undefined
    try {
      const sftp = await new Promise<SftpChannel>((resolve, reject) => {
        socket.once('error', reject)
        client.on('error', reject)
        client.once('close', () => reject(new Error('Connection lost before it was ready')))
        client.once('ready', () =>
          client.sftp((error, channel) => (error ? reject(error) : resolve(channel)))
        )
        client.connect({
          sock: socket,
          username: options.username,
          ...loginOf(options),
          readyTimeout: options.connectTimeoutMs,
          keepaliveInterval: options.keepAliveMs,
          hostVerifier: (key) => {
            if (options.isHostKey(key)) return true
            shown = fingerprintOf(key)
            return false
          }
        })
        answerPrompts(client, options)
      })
      return new SftpSession(client, sftp, socket)
    } catch (error) {
      client.on('error', () => {}) // what comes after the end is of no interest
      client.destroy()
      socket.destroy()
      signal?.throwIfAborted()
      const failed = { where, call: 'log in' }
      throw shown === undefined ? loginError(error, failed) : untrusted(shown, failed, error)
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#socket.destroyed
  }

  /** One request; it fails with the connection. */
  ask<Result = void>(send: (sftp: SftpChannel, answer: Answer<Result>) => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(new Error('Connection lost'))
      this.#pending.add(reject)
      const answer: Answer<Result> = (error, result) => {
        this.#pending.delete(reject)
        if (error) reject(error)
        else resolve(result)
      }
      this.#gather()
      try {
        send(this.#sftp, answer)
      } catch (error) {
        this.#pending.delete(reject)
        reject(error)
      }
    })
  }

  /** Everything that is under way fails. */
  close(): void {
    this.#lose()
    this.#client.on('error', () => {})
    this.#client.destroy()
    this.#socket.destroy()
  }

  /** What is sent in one turn goes to the system at once, not packet by packet. */
  #gather(): void {
    if (this.#socket.writableCorked > 0) return
    this.#socket.cork()
    process.nextTick(() => this.#socket.uncork())
  }

  #lose(): void {
    this.#isOpen = false
    const error = new Error('Connection lost')
    for (const reject of this.#pending) reject(error)
    this.#pending.clear()
  }
}

function loginOf(options: ResolvedSftpOptions): object {
  const { password, privateKey, keyPassphrase, agent } = options
  return {
    ...(password === undefined ? {} : { password: revealSecret(password), tryKeyboard: true }),
    ...(privateKey === undefined ? {} : { privateKey: revealSecret(privateKey) }),
    ...(keyPassphrase === undefined ? {} : { passphrase: revealSecret(keyPassphrase) }),
    ...(agent === undefined ? {} : { agent })
  }
}

/** Some servers take a password only as the answer to a question. */
function answerPrompts(client: Client, { password }: ResolvedSftpOptions): void {
  client.on('keyboard-interactive', (_name, _text, _language, prompts: readonly unknown[], finish) => {
    finish(prompts.map(() => (password === undefined ? '' : revealSecret(password))))
  })
}

function untrusted(fingerprint: string, failed: FailedCall, cause: unknown): StorageError {
  return new StorageError(
    'STORAGE_UNTRUSTED',
    `${describeCall(failed)}: its host key ${fingerprint} is not one that is known; compare it with the server's own, then give it as ssh-fingerprint`,
    { cause, context: { call: failed.call, fingerprint } }
  )
}

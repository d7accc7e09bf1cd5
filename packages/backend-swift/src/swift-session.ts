import type { IncomingMessage } from 'node:http'
import { FolderNames, type HttpAgents, httpError, httpRequest, networkError } from '@tercet/backend-kit'
import { isTercetError, StorageError } from '@tercet/interface'
import { headerOf, logIn, type SwiftAccess } from './swift-auth.ts'
import type { ResolvedSwiftOptions } from './swift-options.ts'

export interface SwiftRequest {
  readonly method: string
  /** Storage path; undefined: the container, or the account. */
  readonly path?: string | undefined
  readonly of?: 'container' | 'account' | undefined
  readonly query?: Readonly<Record<string, string>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Opened for each time that the request is sent: again when a token has run out. */
  readonly body?: (() => AsyncIterable<Uint8Array> | string) | undefined
}

/** What every operation works with: who one is, the options, and how objects and paths are related. */
export class SwiftSession {
  readonly agents: HttpAgents
  readonly options: ResolvedSwiftOptions
  readonly names: FolderNames
  /** The store, for people. */
  readonly where: string
  #access: Promise<SwiftAccess> | undefined

  constructor(agents: HttpAgents, options: ResolvedSwiftOptions) {
    this.agents = agents
    this.options = options
    this.names = new FolderNames(options.prefix)
    const folder = options.prefix === '' ? '' : `/${options.prefix}`
    this.where = `openstack://${options.container}${folder} (${new URL(options.authUrl).host})`
  }

  /** Container and object, as URLs have them. */
  encoded(path?: string): string {
    const name = path === undefined ? [] : this.names.nameOf(path).split('/')
    return [this.options.container, ...name].map(encodeURIComponent).join('/')
  }

  async access(signal: AbortSignal | undefined): Promise<SwiftAccess> {
    this.#access ??= logIn(this.agents, this.options, signal)
    const asked = this.#access
    try {
      return await asked
    } catch (error) {
      if (this.#access === asked) this.#access = undefined
      throw error
    }
  }

  /**
   * Sends a request and resolves with its answer, whose body the caller reads or destroys. A token that has run out is
   * renewed once.
   */
  async request(
    call: string,
    request: SwiftRequest,
    signal: AbortSignal | undefined
  ): Promise<IncomingMessage> {
    for (let isFirst = true; ; isFirst = false) {
      const access = await this.access(signal)
      const answer = await this.#send(call, request, access, signal)
      const status = answer.statusCode ?? 0
      if (status >= 200 && status < 300) return answer
      answer.destroy()
      if (status !== 401 || !isFirst) throw swiftError(answer, this.#failed(call, request))
      this.#access = undefined
    }
  }

  /** Sends a request of which only the head of the answer counts. */
  async command(
    call: string,
    request: SwiftRequest,
    signal: AbortSignal | undefined
  ): Promise<IncomingMessage> {
    const answer = await this.request(call, request, signal)
    answer.resume() // so that the connection is free for the next request
    return answer
  }

  translate(error: unknown, call: string, path: string | undefined): unknown {
    if (isTercetError(error)) return error
    return networkError(error, { where: this.where, call, path }) ?? error
  }

  async #send(
    call: string,
    { method, path, of, query, headers, body }: SwiftRequest,
    { token, storageUrl }: SwiftAccess,
    signal: AbortSignal | undefined
  ): Promise<IncomingMessage> {
    const url = new URL(of === 'account' ? storageUrl : `${storageUrl}/${this.encoded(path)}`)
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
    try {
      return await httpRequest(this.agents, {
        method,
        url,
        headers: { 'x-auth-token': token, ...headers },
        body: body?.(),
        signal
      })
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw this.translate(error, call, path)
    }
  }

  #failed(call: string, { path }: SwiftRequest) {
    return { where: this.where, call, path }
  }
}

/** What statuses mean here, besides what they mean everywhere. */
function swiftError(
  answer: IncomingMessage,
  failed: { where: string; call: string; path?: string | undefined }
) {
  const status = answer.statusCode ?? 0
  const plain = httpError({ status, header: (name) => headerOf(answer, name) }, failed)
  const own = { context: plain.context, retry: plain.retry }
  const at = failed.path === undefined ? '' : ` ${JSON.stringify(failed.path)}`
  const text = `Cannot ${failed.call}${at} at ${failed.where}`
  switch (status) {
    case 413:
      return new StorageError('STORAGE_FULL', `${text}: a quota or the largest size is exceeded`, own)
    case 422:
      return new StorageError('STORAGE_CORRUPT', `${text}: the bytes were damaged on the way`, {
        ...own,
        retry: 'may-help'
      })
    case 498:
      return new StorageError('STORAGE_RATE_LIMITED', `${text}: the store asks to slow down`, {
        ...own,
        retry: 'may-help'
      })
    case 400:
      return failed.path !== undefined && failed.call === 'put'
        ? new StorageError('STORAGE_INVALID_PATH', `${text}: the store cannot have this name`, own)
        : plain
    default:
      return plain
  }
}

export function statusOf(error: unknown): number | undefined {
  return isTercetError(error) ? (error.context['status'] as number | undefined) : undefined
}

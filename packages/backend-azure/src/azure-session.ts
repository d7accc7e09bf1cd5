import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob'
import { FolderNames } from '@tercet/backend-kit'
import type { AzureClient } from './azure-client.ts'
import { azureError } from './azure-errors.ts'
import type { ResolvedAzureOptions } from './azure-options.ts'
import type { DirectRequests } from './direct-requests.ts'

/** What every operation works with: the container, the options, and how blobs and paths are related. */
export class AzureSession {
  readonly container: ContainerClient
  readonly direct: DirectRequests
  readonly options: ResolvedAzureOptions
  readonly names: FolderNames
  /** The store, for people. */
  readonly where: string

  constructor({ container, direct, account }: AzureClient, options: ResolvedAzureOptions) {
    this.container = container
    this.direct = direct
    this.options = options
    this.names = new FolderNames(options.prefix)
    const folder = options.prefix === '' ? '' : `/${options.prefix}`
    this.where = `azure://${options.container}${folder} (${account})`
  }

  blob(path: string): BlockBlobClient {
    return this.container.getBlockBlobClient(this.names.nameOf(path))
  }

  /** Makes one request; what it rejects with is translated, and an abort rejects with the reason itself. */
  async request<Result>(
    call: string,
    path: string | undefined,
    signal: AbortSignal | undefined,
    send: (options: { abortSignal?: AbortSignal }) => Promise<Result>
  ): Promise<Result> {
    signal?.throwIfAborted()
    try {
      return await send(signal === undefined ? {} : { abortSignal: signal })
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw this.translate(error, call, path)
    }
  }

  /** An error of the client library in the words of the contract. */
  translate(error: unknown, call: string, path: string | undefined): unknown {
    return azureError(error, { where: this.where, call, path })
  }
}

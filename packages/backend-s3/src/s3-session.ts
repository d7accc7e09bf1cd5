import type { S3Client } from '@aws-sdk/client-s3'
import { FolderNames } from '@tercet/backend-kit'
import type { DirectRequests } from './direct-request.ts'
import { s3Error } from './s3-errors.ts'
import type { ResolvedS3Options } from './s3-options.ts'

/** What every operation works with: the client, the options, and how keys and paths are related. */
export class S3Session {
  readonly client: S3Client
  readonly options: ResolvedS3Options
  readonly names: FolderNames
  /** Undefined where only the client knows how to reach the store. */
  readonly direct: DirectRequests | undefined
  /** The store, for people. */
  readonly where: string

  constructor(client: S3Client, options: ResolvedS3Options, direct?: DirectRequests) {
    this.client = client
    this.names = new FolderNames(options.prefix)
    this.direct = direct
    this.options = options
    const folder = options.prefix === '' ? '' : `/${options.prefix}`
    const store = options.endpoint === undefined ? '' : ` (${new URL(options.endpoint).host})`
    this.where = `s3://${options.bucket}${folder}${store}`
  }

  /** Bucket and key of a storage path, as requests want them. */
  at(path: string): { Bucket: string; Key: string } {
    return { Bucket: this.options.bucket, Key: this.names.nameOf(path) }
  }

  /** Runs one request; what it rejects with is translated, and an abort rejects with the reason itself. */
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
    return s3Error(error, { where: this.where, call, path })
  }
}

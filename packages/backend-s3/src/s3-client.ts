import { createHash } from 'node:crypto'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { createHttpAgents, type HttpAgents } from '@tercet/backend-kit'
import { revealSecret } from '@tercet/interface'
import type { ResolvedS3Options } from './s3-options.ts'

/** A client that asks once: who tries again, and when, is decided by the layers above. */
export function createS3Client(options: ResolvedS3Options): { client: S3Client; agents: HttpAgents } {
  const agents = createHttpAgents({
    trust: options.trust,
    proxy: options.proxy,
    maxSockets: options.maxConnections
  })
  const client = new S3Client({
    region: options.region,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials === undefined ? {} : { credentials: keysOf(options.credentials) }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    forcePathStyle: options.pathStyle,
    followRegionRedirects: options.isAmazon,
    maxAttempts: 1,
    logger: QUIET,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false, // the client would wait for it without our agents
    requestHandler: {
      httpAgent: agents.http,
      httpsAgent: agents.https,
      connectionTimeout: options.connectTimeoutMs,
      logger: QUIET
    }
  } as S3ClientConfig)
  addContentMd5(client)
  return { client, agents }
}

/** Keys that were given, in the form in which requests are signed with them. */
export function keysOf({
  accessKeyId,
  secretAccessKey,
  sessionToken
}: NonNullable<ResolvedS3Options['credentials']>) {
  return {
    accessKeyId,
    secretAccessKey: revealSecret(secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: revealSecret(sessionToken) })
  }
}

/** The list of a batched delete must carry a digest, and the MD5 is the one that every store knows. */
function addContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const request = args.request as { headers: Record<string, string>; body?: unknown }
      if (context.commandName === 'DeleteObjectsCommand' && typeof request.body === 'string') {
        for (const name of Object.keys(request.headers))
          if (/^x-amz-(sdk-)?checksum-/i.test(name)) delete request.headers[name]
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64')
      }
      return await next(args)
    },
    { step: 'build', priority: 'low', name: 'tercetContentMd5' }
  )
}

const nothing = (): void => {}
const QUIET = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }

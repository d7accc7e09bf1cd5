import {
  AnonymousCredential,
  BlobServiceClient,
  type ContainerClient,
  newPipeline,
  type StoragePipelineOptions,
  StorageSharedKeyCredential
} from '@azure/storage-blob'
import { createHttpAgents, type HttpAgents } from '@tercet/backend-kit'
import { ConfigurationError, revealSecret, type Secret } from '@tercet/interface'
import { type AuthorizeRequest, authorizeByKey, authorizeByToken } from './authorize-request.ts'
import type { ResolvedAzureOptions } from './azure-options.ts'
import { DirectRequests } from './direct-requests.ts'
import { EntraCredential } from './entra-credential.ts'

export interface AzureClient {
  readonly container: ContainerClient
  readonly direct: DirectRequests
  readonly account: string
  readonly agents: HttpAgents
}

/** A client that asks once: who tries again, and when, is decided by the layers above. */
export function createAzureClient(options: ResolvedAzureOptions): AzureClient {
  const { account, key, sas, endpoint } = accessOf(options)
  const url = new URL(endpoint ?? `https://${account}.blob.core.windows.net`)
  const agents = agentsOf(options)
  const { credential, authorize } = rightsOf(options, { account, key, sas }, agents)
  const pipeline = newPipeline(credential, {
    retryOptions: { maxTries: 1 },
    // Passed on to the client's transport, whose own connections know neither trust nor proxies as ours do.
    agent: url.protocol === 'http:' ? agents.http : agents.https
  } as StoragePipelineOptions)
  if (key === undefined && sas !== undefined) url.search = sas.replace(/^\?/, '')
  const container = new BlobServiceClient(url.href, pipeline).getContainerClient(options.container)
  return { container, direct: new DirectRequests(new URL(container.url), agents, authorize), account, agents }
}

interface Rights {
  /** For the client library. */
  readonly credential: NonNullable<Parameters<typeof newPipeline>[0]>
  /** For requests that are made without it. */
  readonly authorize: AuthorizeRequest
}

function rightsOf(
  { entra }: ResolvedAzureOptions,
  { account, key, sas }: Pick<Access, 'account' | 'key' | 'sas'>,
  agents: AzureAgents
): Rights {
  if (key !== undefined)
    return {
      credential: new StorageSharedKeyCredential(account, key),
      authorize: authorizeByKey(account, key)
    }
  if (entra === undefined || sas !== undefined)
    return { credential: new AnonymousCredential(), authorize: async () => undefined }
  const credential = new EntraCredential(agents.identity, entra)
  return { credential, authorize: authorizeByToken(credential) }
}

interface AzureAgents extends HttpAgents {
  /** Those by which one logs in: a machine's own identity is never asked for through a proxy. */
  readonly identity: HttpAgents
}

function agentsOf({ trust, proxy, maxConnections, entra }: ResolvedAzureOptions): AzureAgents {
  const storage = createHttpAgents({ trust, proxy, maxSockets: maxConnections })
  const isApplication = entra !== undefined && 'tenantId' in entra
  const identity = createHttpAgents({ proxy: isApplication ? proxy : 'none', maxSockets: 1 })
  return {
    http: storage.http,
    https: storage.https,
    identity,
    [Symbol.dispose]() {
      storage[Symbol.dispose]()
      identity[Symbol.dispose]()
    }
  }
}

interface Access {
  readonly account: string
  readonly key: string | undefined
  readonly sas: string | undefined
  readonly endpoint: string | undefined
}

function accessOf(options: ResolvedAzureOptions): Access {
  const text = (secret: Secret | string | undefined) =>
    secret === undefined ? undefined : revealSecret(secret)
  const parts = partsOf(text(options.connectionString))
  const account = options.account ?? parts.get('accountname')
  const endpoint = options.endpoint ?? parts.get('blobendpoint') ?? endpointOf(account, parts)
  if (account === undefined && endpoint === undefined)
    throw new ConfigurationError(
      'CONFIG_MISSING',
      'createAzureBackend: the connection string names no account'
    )
  return {
    account: account ?? new URL(endpoint ?? '').host,
    key: text(options.accountKey) ?? parts.get('accountkey'),
    sas: text(options.sasToken) ?? parts.get('sharedaccesssignature'),
    endpoint
  }
}

function endpointOf(account: string | undefined, parts: ReadonlyMap<string, string>): string | undefined {
  const suffix = parts.get('endpointsuffix')
  if (account === undefined || suffix === undefined) return undefined
  return `${parts.get('defaultendpointsprotocol') ?? 'https'}://${account}.blob.${suffix}`
}

/** `Name=value;…`; keys may hold equals signs. */
function partsOf(connectionString: string | undefined): ReadonlyMap<string, string> {
  const parts = new Map<string, string>()
  for (const part of connectionString?.split(';') ?? []) {
    const at = part.indexOf('=')
    if (at > 0) parts.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1))
  }
  return parts
}

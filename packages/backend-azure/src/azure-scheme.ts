import {
  CREDENTIAL_OPTIONS,
  type OptionValues,
  readBackendUrl,
  readTrust,
  TLS_OPTIONS
} from '@tercet/backend-kit'
import {
  type BackendContext,
  type BackendScheme,
  type BackendSchemeOption,
  Secret,
  type StorageBackend,
  StorageError
} from '@tercet/interface'
import { createAzureBackend, createAzureContainer } from './azure-backend.ts'
import type { AzureBackendOptions } from './azure-options.ts'
import type { EntraApplication, ManagedIdentity } from './entra-credential.ts'

const OPTIONS: readonly BackendSchemeOption[] = Object.freeze(
  [
    ...CREDENTIAL_OPTIONS,
    { name: 'azure-account-name', description: 'Name of the storage account; the same as auth-username' },
    {
      name: 'azure-access-key',
      description: 'Key of the storage account; the same as auth-password',
      secret: true
    },
    {
      name: 'azure-access-sas-token',
      description: 'Shared access signature, instead of a key',
      secret: true
    },
    { name: 'azure-tenant-id', description: 'Tenant of an application of Microsoft Entra ID' },
    {
      name: 'azure-client-id',
      description: 'Application, or identity of the machine, of Microsoft Entra ID'
    },
    { name: 'azure-client-secret', description: 'Secret of the application', secret: true },
    {
      name: 'azure-managed-identity',
      description: 'Be known by the identity that this machine has in Azure',
      flag: true
    },
    { name: 'azure-connection-string', description: 'Account, key and endpoint in one text', secret: true },
    {
      name: 'azure-endpoint',
      description: 'URL of the blob service, where it is not that of the public cloud'
    },
    { name: 'azure-access-tier', description: 'Tier of new objects: Hot, Cool, Cold or Archive' },
    { name: 'azure-create-container', description: 'Make the container when it is opened', flag: true },
    ...TLS_OPTIONS
  ].map((option) => Object.freeze(option))
)

/**
 * `azure://container/folder`, with the option names of Duplicati. What is not given comes from the variables
 * `AZURE_STORAGE_CONNECTION_STRING`, `AZURE_STORAGE_ACCOUNT`, `AZURE_STORAGE_KEY` and `AZURE_STORAGE_SAS_TOKEN`; without any
 * of these the identity is that of `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET` or
 * `AZURE_FEDERATED_TOKEN_FILE`.
 */
export const azureScheme: BackendScheme = Object.freeze({
  scheme: 'azure',
  options: OPTIONS,
  async open(url: string, context?: BackendContext): Promise<StorageBackend> {
    const { backend, createContainer } = readAzureUrl(url, context)
    if (createContainer) await createAzureContainer(backend)
    return createAzureBackend(backend)
  }
})

/**
 * What `createAzureBackend` needs to open this URL.
 *
 * @throws StorageError `STORAGE_INVALID_URL`
 */
export function readAzureUrl(
  url: string,
  context?: BackendContext
): { backend: AzureBackendOptions; createContainer: boolean } {
  const address = readBackendUrl(url, context, { options: OPTIONS, authority: 'server' })
  const { options } = address
  const environment = context?.environment ?? process.env
  const ambient = (name: string): Secret | undefined => secretOf(environment[name])
  const account = options.text('azure-account-name') ?? address.username
  const accountKey = options.secret('azure-access-key') ?? address.password
  const sasToken = options.secret('azure-access-sas-token')
  const connectionString = options.secret('azure-connection-string')
  const isTold = [account, accountKey, sasToken, connectionString].some((text) => text !== undefined)
  const backend: AzureBackendOptions = {
    container: address.host,
    prefix: address.path,
    account: account ?? (connectionString === undefined ? environment['AZURE_STORAGE_ACCOUNT'] : undefined),
    accountKey: accountKey ?? ((sasToken ?? connectionString) ? undefined : ambient('AZURE_STORAGE_KEY')),
    sasToken: sasToken ?? ((accountKey ?? connectionString) ? undefined : ambient('AZURE_STORAGE_SAS_TOKEN')),
    connectionString: connectionString ?? (isTold ? undefined : ambient('AZURE_STORAGE_CONNECTION_STRING')),
    endpoint: options.text('azure-endpoint'),
    accessTier: options.text('azure-access-tier'),
    trust: readTrust(options)
  }
  const hasKey = [backend.accountKey, backend.sasToken, backend.connectionString].some(
    (text) => text !== undefined
  )
  const entra = hasKey ? undefined : entraOf(options, environment)
  if (backend.account === undefined && backend.connectionString === undefined)
    throw new StorageError(
      'STORAGE_INVALID_URL',
      'azure: needs the name of the account: --azure-account-name',
      {
        context: { scheme: 'azure' }
      }
    )
  return { backend: { ...backend, entra }, createContainer: options.flag('azure-create-container') }
}

function entraOf(
  options: OptionValues,
  environment: Readonly<Record<string, string | undefined>>
): EntraApplication | ManagedIdentity | undefined {
  const clientId = options.text('azure-client-id') ?? environment['AZURE_CLIENT_ID']
  if (options.flag('azure-managed-identity'))
    return {
      clientId,
      endpoint: environment['IDENTITY_ENDPOINT'],
      endpointSecret: secretOf(environment['IDENTITY_HEADER'])
    }
  const tenantId = options.text('azure-tenant-id') ?? environment['AZURE_TENANT_ID']
  const clientSecret = options.secret('azure-client-secret') ?? secretOf(environment['AZURE_CLIENT_SECRET'])
  const tokenFile = environment['AZURE_FEDERATED_TOKEN_FILE']
  if (!tenantId || !clientId || !(clientSecret ?? tokenFile)) return undefined
  return { tenantId, clientId, clientSecret, tokenFile, authority: environment['AZURE_AUTHORITY_HOST'] }
}

function secretOf(text: string | undefined): Secret | undefined {
  return text ? new Secret(text) : undefined
}

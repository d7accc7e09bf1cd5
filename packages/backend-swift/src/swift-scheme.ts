import { CREDENTIAL_OPTIONS, readBackendUrl, readTrust, TLS_OPTIONS } from '@tercet/backend-kit'
import {
  type BackendContext,
  type BackendScheme,
  type BackendSchemeOption,
  Secret,
  type StorageBackend,
  StorageError
} from '@tercet/interface'
import { createSwiftContainer, openSwiftBackend } from './swift-backend.ts'
import type { SwiftAuthVersion, SwiftBackendOptions } from './swift-options.ts'

const OPTIONS: readonly BackendSchemeOption[] = Object.freeze(
  [
    ...CREDENTIAL_OPTIONS,
    { name: 'openstack-authuri', description: 'URL where one logs in (environment: OS_AUTH_URL)' },
    { name: 'openstack-version', description: 'v1, v2 or v3: how one logs in' },
    {
      name: 'openstack-tenant-name',
      description: 'Project, also called tenant (environment: OS_PROJECT_NAME)'
    },
    {
      name: 'openstack-domain-name',
      description: 'Domain of user and project (environment: OS_USER_DOMAIN_NAME)'
    },
    { name: 'openstack-apikey', description: 'Key of the API instead of a password', secret: true },
    { name: 'openstack-region', description: 'Region of the storage (environment: OS_REGION_NAME)' },
    { name: 'openstack-credential-id', description: 'Id of an application credential' },
    { name: 'openstack-credential-secret', description: 'Secret of that credential', secret: true },
    { name: 'openstack-create-container', description: 'Make the container when it is opened', flag: true },
    ...TLS_OPTIONS
  ].map((option) => Object.freeze(option))
)

/**
 * `openstack://container/folder`, with the option names of Duplicati. What is not given comes from the variables that
 * OpenStack's own clients use (`OS_AUTH_URL`, `OS_USERNAME`, `OS_PASSWORD` and so on).
 */
export const swiftScheme: BackendScheme = Object.freeze({
  scheme: 'openstack',
  options: OPTIONS,
  async open(url: string, context?: BackendContext): Promise<StorageBackend> {
    const { backend, createContainer } = readSwiftUrl(url, context)
    if (createContainer) await createSwiftContainer(backend)
    return await openSwiftBackend(backend)
  }
})

/**
 * What `openSwiftBackend` needs to open this URL.
 *
 * @throws StorageError `STORAGE_INVALID_URL`
 */
export function readSwiftUrl(
  url: string,
  context?: BackendContext
): { backend: SwiftBackendOptions; createContainer: boolean } {
  const { host, path, username, password, options } = readBackendUrl(url, context, { options: OPTIONS })
  const environment = context?.environment ?? process.env
  const ambient = (name: string): string | undefined => environment[name] || undefined
  const ambientSecret = (name: string): Secret | undefined => {
    const text = ambient(name)
    return text === undefined ? undefined : new Secret(text)
  }
  const authUrl = options.text('openstack-authuri') ?? ambient('OS_AUTH_URL')
  if (authUrl === undefined || !URL.canParse(authUrl))
    throw new StorageError(
      'STORAGE_INVALID_URL',
      'openstack: needs the URL of the login: --openstack-authuri',
      {
        context: { scheme: 'openstack' }
      }
    )
  const id = options.text('openstack-credential-id') ?? ambient('OS_APPLICATION_CREDENTIAL_ID')
  const secret =
    options.secret('openstack-credential-secret') ?? ambientSecret('OS_APPLICATION_CREDENTIAL_SECRET')
  const backend: SwiftBackendOptions = {
    container: host,
    prefix: path,
    authUrl,
    authVersion: options.choice<SwiftAuthVersion>('openstack-version', ['v1', 'v2', 'v3']),
    username: username ?? ambient('OS_USERNAME'),
    password: password ?? ambientSecret('OS_PASSWORD'),
    apiKey: options.secret('openstack-apikey'),
    project: options.text('openstack-tenant-name') ?? ambient('OS_PROJECT_NAME'),
    domain: options.text('openstack-domain-name') ?? ambient('OS_USER_DOMAIN_NAME'),
    region: options.text('openstack-region') ?? ambient('OS_REGION_NAME'),
    applicationCredential: id === undefined || secret === undefined ? undefined : { id, secret },
    trust: readTrust(options)
  }
  return { backend, createContainer: options.flag('openstack-create-container') }
}

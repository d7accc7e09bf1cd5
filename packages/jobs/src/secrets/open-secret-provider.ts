import { ConfigurationError, nearestName } from '@tercet/interface'
import { JobsError } from '../jobs-error.ts'
import { splitCommand } from '../scripts/split-command.ts'
import { commandSecrets } from './command-secrets.ts'
import { environmentSecrets } from './environment-secrets.ts'
import { fileSecrets } from './file-secrets.ts'
import type { SecretProvider, SecretProviderScheme } from './secret-provider.ts'

export interface OpenSecretProviderOptions {
  /** For `env:`. @defaultValue that of the process */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** Providers of one's own. */
  readonly schemes?: readonly SecretProviderScheme[] | undefined
}

/**
 * A provider by its URL: `env:`, `file-secret:///path/to/secrets.json`, `command:program arguments`, or one of `schemes`.
 *
 * @throws JobsError `SECRET_PROVIDER_UNKNOWN`; ConfigurationError `CONFIG_INVALID_VALUE`
 */
export function openSecretProvider(url: string, options: OpenSecretProviderOptions = {}): SecretProvider {
  const schemes: readonly SecretProviderScheme[] = [
    ...(options.schemes ?? []),
    { scheme: 'env', open: () => environmentSecrets(options.environment) },
    { scheme: 'file-secret', open: (location) => fileSecrets(pathOf(location)) },
    { scheme: 'command', open: (location) => commandSecrets(splitCommand(location)) }
  ]
  const [, scheme = '', location = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url) ?? []
  const found = schemes.find((one) => one.scheme === scheme.toLowerCase())
  if (found !== undefined) return found.open(location)
  const names = schemes.map((one) => one.scheme)
  const nearest = nearestName(scheme, names)
  throw new JobsError(
    'SECRET_PROVIDER_UNKNOWN',
    `There is no provider of secrets "${scheme}:"; ${nearest === undefined ? `known are ${names.join(', ')}` : `did you mean "${nearest}:"?`}`,
    { context: { scheme } }
  )
}

function pathOf(location: string): string {
  const path = location.replace(/^\/\/(?=\/)/, '').replace(/\?.*$/s, '')
  if (path !== '' && path !== '//') return decodeURIComponent(path)
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    'A file of secrets is written file-secret:///path/to/file'
  )
}

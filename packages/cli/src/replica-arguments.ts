import type { BackendScheme, Replica } from '@tercet/sdk'
import { ConfigurationError } from '@tercet/sdk/settings'
import { backendsOf } from './backends.ts'
import type { OwnValues } from './own-values.ts'

/** Replicas that are named on the command line; undefined: none is. */
export interface ReplicaArguments {
  readonly replicas: readonly Replica[] | undefined
  readonly backends: readonly BackendScheme[]
}

/** @throws ConfigurationError `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT` */
export async function replicaArguments(own: OwnValues): Promise<ReplicaArguments> {
  const urls = own.texts('replica')
  const options = own.texts('dst-options')
  if (urls.some((url) => url.trim() === ''))
    throw new ConfigurationError('CONFIG_INVALID_VALUE', '--replica: a URL is empty')
  if (urls.length === 0 && options.length > 0)
    throw new ConfigurationError(
      'CONFIG_CONFLICT',
      '--dst-options are those of replicas; name one with --replica'
    )
  if (urls.length === 0) return { replicas: undefined, backends: [] }
  const replicas = urls.map(
    (url): Replica => ({
      backend: url,
      ...(options.length === 0 ? {} : { options: { 'dst-options': options } })
    })
  )
  return { replicas, backends: await backendsOf(urls) }
}

import { type BackendCredentials, Secret } from '@tercet/sdk/options'
import type { CliIo } from './io.ts'
import type { OwnValues } from './own-values.ts'

/** Who one is at the store. Variables are used where the option is absent. */
export function credentialsOf(
  own: OwnValues,
  { environment }: Pick<CliIo, 'environment'>
): BackendCredentials | undefined {
  const username = own.text('auth-username') ?? (environment['AUTH_USERNAME'] || undefined)
  const password = own.text('auth-password') ?? (environment['AUTH_PASSWORD'] || undefined)
  if (username === undefined && password === undefined) return undefined
  return { username, ...(password === undefined ? {} : { password: new Secret(password) }) }
}

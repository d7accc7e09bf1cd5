import { Secret } from '@tercet/interface'
import type { SecretProvider } from './secret-provider.ts'

/** Secrets in variables of the environment. */
export function environmentSecrets(
  environment: Readonly<Record<string, string | undefined>> = process.env
): SecretProvider {
  return {
    async resolve(names) {
      const found = new Map<string, Secret>()
      for (const name of names) {
        const text = Object.hasOwn(environment, name) ? environment[name] : undefined
        if (text !== undefined && text !== '') found.set(name, new Secret(text))
      }
      return found
    }
  }
}

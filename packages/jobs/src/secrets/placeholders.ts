import { type CallOptions, ConfigurationError, type Secret } from '@tercet/interface'
import { JobsError } from '../jobs-error.ts'
import type { SecretProvider } from './secret-provider.ts'

/** What a placeholder begins with. */
export const USUAL_PATTERN = '$'
const NAME = '[A-Za-z_][A-Za-z0-9_.-]*'

/**
 * Names of the secrets that a text asks for: `${name}` anywhere in it, or `$name` as all of it.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE` for an empty pattern
 */
export function placeholdersIn(text: string, pattern: string = USUAL_PATTERN): readonly string[] {
  return [...text.matchAll(expression(pattern))].map(([, inBraces, alone]) => (inBraces ?? alone)!)
}

/**
 * Puts secrets in the place of their names, in all texts at once.
 *
 * @param asUrl texts that are URLs, in which a secret is escaped
 * @throws JobsError `SECRET_MISSING`, `SECRET_PROVIDER_FAILED`
 */
export async function fillPlaceholders(
  texts: readonly string[],
  provider: SecretProvider,
  options: CallOptions & {
    readonly pattern?: string | undefined
    readonly asUrl?: ((text: string) => boolean) | undefined
  } = {}
): Promise<readonly string[]> {
  const { pattern = USUAL_PATTERN, asUrl = (text) => /^[a-z][a-z0-9+.-]+:\/\//i.test(text), signal } = options
  const names = [...new Set(texts.flatMap((text) => placeholdersIn(text, pattern)))]
  if (names.length === 0) return texts
  const secrets = await provider.resolve(names, { signal })
  const missing = names.filter((name) => !secrets.has(name))
  if (missing.length > 0)
    throw new JobsError('SECRET_MISSING', `The provider of secrets does not know "${missing.join('", "')}"`, {
      context: { names: missing.join(',') }
    })
  return texts.map((text) =>
    text.replace(expression(pattern), (_, inBraces?: string, alone?: string) => {
      const secret = (secrets.get((inBraces ?? alone)!) as Secret).reveal()
      return asUrl(text) ? encodeURIComponent(secret) : secret
    })
  )
}

function expression(pattern: string): RegExp {
  if (pattern === '')
    throw new ConfigurationError('CONFIG_INVALID_VALUE', 'The pattern of secrets must not be empty')
  const start = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`${start}\\{(${NAME})\\}|^${start}(${NAME})$`, 'g')
}

import type { CallOptions } from '@tercet/interface'
import { environmentSecrets } from '../secrets/environment-secrets.ts'
import { fillPlaceholders, placeholdersIn } from '../secrets/placeholders.ts'
import type { SecretProvider } from '../secrets/secret-provider.ts'
import type { Job } from './job.ts'

/** Parts of a job whose texts may name secrets. */
const SECRET_PARTS = [
  'destination',
  'destinationOptions',
  'username',
  'password',
  'passphrase',
  'replicas',
  'reports'
] as const satisfies readonly (keyof Job)[]

/**
 * Puts secrets in the place of their names.
 *
 * @param provider undefined: variables of the environment
 * @throws JobsError `SECRET_MISSING`, `SECRET_PROVIDER_FAILED`
 */
export async function fillJob(
  job: Job,
  provider: SecretProvider = environmentSecrets(),
  { signal }: CallOptions = {}
): Promise<{ readonly job: Job; readonly secrets: readonly string[] }> {
  const parts = Object.fromEntries(SECRET_PARTS.map((key) => [key, job[key]]))
  const texts = [...textsOf(parts)]
  const names = [...new Set(texts.flatMap((text) => placeholdersIn(text)))]
  const given = [job.password, job.passphrase].flatMap((text) => text ?? [])
  if (names.length === 0) return { job, secrets: given }
  const secrets = await provider.resolve(names, { signal })
  const filled = await fillPlaceholders(texts, { resolve: async () => secrets }, { signal })
  const byText = new Map(texts.map((text, index) => [text, filled[index] as string]))
  const replaced = mapTexts(parts, (text) => byText.get(text) ?? text) as Partial<Job>
  return {
    job: { ...job, ...replaced },
    secrets: [...given, ...[...secrets.values()].map((secret) => secret.reveal())]
  }
}

function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) yield* textsOf(item)
}

export function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, map)]))
}

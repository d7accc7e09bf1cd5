import { readFile } from 'node:fs/promises'
import { Secret } from '@tercet/interface'
import { JobsError } from '../jobs-error.ts'
import type { SecretProvider } from './secret-provider.ts'

/** Secrets in a JSON file, `{ "name": "text" }`, read when they are needed. Keep it readable by its owner alone. */
export function fileSecrets(path: string): SecretProvider {
  return {
    async resolve(names, options) {
      const texts = parse(path, await read(path, options?.signal))
      return new Map(
        names.flatMap((name) => (Object.hasOwn(texts, name) ? [[name, new Secret(texts[name]!)]] : []))
      )
    }
  }
}

async function read(path: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await readFile(path, { encoding: 'utf8', signal })
  } catch (error) {
    signal?.throwIfAborted()
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason'
    throw new JobsError('SECRET_PROVIDER_FAILED', `The file of secrets ${path} cannot be read (${reason})`, {
      context: { path }
    })
  }
}

/** What is wrong is not shown: it may be a secret. */
function parse(path: string, text: string): Record<string, string> {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    value = undefined
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (isObject && Object.values(value as object).every((one) => typeof one === 'string'))
    return value as Record<string, string>
  throw new JobsError(
    'SECRET_PROVIDER_FAILED',
    `The file of secrets ${path} must be one JSON object whose values are texts`,
    { context: { path } }
  )
}

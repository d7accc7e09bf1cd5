import type { CommandLine } from './command-line.ts'
import type { CliIo } from './io.ts'

/** A command line, and the secrets that were put into it. */
export interface FilledLine {
  readonly line: CommandLine
  readonly secrets: readonly string[]
}

/**
 * Puts secrets in the place of their names, where a provider of secrets is given.
 *
 * @throws JobsError `SECRET_PROVIDER_UNKNOWN`, `SECRET_PROVIDER_FAILED`, `SECRET_MISSING`
 */
export async function fillSecrets(line: CommandLine, { environment }: CliIo): Promise<FilledLine> {
  const last = (name: string) => line.given.filter(({ option }) => option === name).at(-1)?.text
  const url = last('secret-provider')
  if (url === undefined) return { line, secrets: [] }
  const { fillPlaceholders, openSecretProvider, placeholdersIn } = await import('@tercet/jobs')
  const pattern = last('secret-provider-pattern')
  const provider = openSecretProvider(url, { environment })
  const isOwn = (option: string): boolean => option.startsWith('secret-provider')
  const texts = [...line.arguments, ...line.given.map(({ option, text = '' }) => (isOwn(option) ? '' : text))]
  const names = [...new Set(texts.flatMap((text) => placeholdersIn(text, pattern)))]
  const secrets = [...(await provider.resolve(names)).values()].map((secret) => secret.reveal())
  const filled = await fillPlaceholders(texts, provider, { pattern })
  const count = line.arguments.length
  const given = line.given.map((one, index) =>
    isOwn(one.option) || one.text === undefined ? one : { ...one, text: filled[count + index] }
  )
  return { line: { ...line, arguments: filled.slice(0, count), given }, secrets }
}

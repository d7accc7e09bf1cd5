import { ConfigurationError, type ConfigurationErrorCode } from '@tercet/interface'

const MOST_SHOWN = 80

/** The error of one place in a configuration. */
export function rejected(
  code: ConfigurationErrorCode,
  where: string,
  problem: string,
  context: Readonly<Record<string, string | number>> = {}
): ConfigurationError {
  return new ConfigurationError(code, `${where}: ${problem}`, { context: { key: where, ...context } })
}

export function wrongValue(where: string, value: unknown, expected: string): ConfigurationError {
  return rejected('CONFIG_INVALID_VALUE', where, `${shown(value)} is not ${expected}`)
}

/** A value as it stands in JSON, shortened. What is in an object or a list may be secret, so it is not repeated. */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}

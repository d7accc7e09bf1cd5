import { ConfigurationError } from '@tercet/interface'

/** `CONFIG_INVALID_VALUE`; `shown` is how the user wrote the setting, a name or an option. */
export function invalidValue(shown: string, value: unknown, expected: string): ConfigurationError {
  if (value === '')
    return new ConfigurationError('CONFIG_INVALID_VALUE', `${shown} is empty; give ${expected}`, {
      context: { key: shown }
    })
  const text = typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value))
  return new ConfigurationError('CONFIG_INVALID_VALUE', `${shown}: ${text} is not ${expected}`, {
    context: { key: shown }
  })
}

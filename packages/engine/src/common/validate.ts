import { ConfigurationError } from '@tercet/interface'

/** Checks of single settings; each returns the value or its default, and rejects with `CONFIG_INVALID_VALUE`. */
export class OptionReader {
  readonly #values: Readonly<Record<string, unknown>>
  readonly #where: string

  constructor(values: object, where: string) {
    this.#values = values as Readonly<Record<string, unknown>>
    this.#where = where
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#values[key]
    if (value === undefined) return fallback
    return typeof value === 'boolean' ? value : this.#reject(key, 'true or false')
  }

  integer(key: string, fallback: number, minimum: number, maximum = Number.MAX_SAFE_INTEGER): number {
    return this.optionalInteger(key, minimum, maximum) ?? fallback
  }

  optionalInteger(key: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.#values[key]
    if (value === undefined) return undefined
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum && value <= maximum)
      return value
    return this.#reject(key, `a whole number from ${minimum} to ${maximum}`)
  }

  choice<const T extends string>(key: string, fallback: T, choices: readonly T[]): T {
    return this.optionalChoice(key, choices) ?? fallback
  }

  optionalChoice<const T extends string>(key: string, choices: readonly T[]): T | undefined {
    const value = this.#values[key]
    if (value === undefined) return undefined
    if (choices.includes(value as T)) return value as T
    return this.#reject(key, `one of ${choices.join(', ')}`)
  }

  text(key: string): string | undefined {
    const value = this.#values[key]
    if (value === undefined) return undefined
    return typeof value === 'string' && value !== '' ? value : this.#reject(key, 'a text that is not empty')
  }

  texts(key: string, fallback: readonly string[]): readonly string[] {
    const value = this.#values[key]
    if (value === undefined) return fallback
    if (Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== ''))
      return value as readonly string[]
    return this.#reject(key, 'a list of texts that are not empty')
  }

  #reject(key: string, expected: string): never {
    throw new ConfigurationError('CONFIG_INVALID_VALUE', `${this.#where}: "${key}" must be ${expected}`, {
      context: { key, where: this.#where }
    })
  }
}

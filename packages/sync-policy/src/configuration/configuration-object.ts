import { type ConfigurationError, nearestName } from '@tercet/interface'
import { rejected, shown, wrongValue } from './reject.ts'

/** Why a key that exists elsewhere does not exist here. */
export type MisplacedKeys = Readonly<Record<string, string>>

/**
 * An object of a configuration whose keys were all checked. Names are compared without regard to case, as Duplicati
 * does; one that nobody reads is refused, as is one that is written twice. null stands for nothing.
 */
export class ConfigurationObject {
  readonly where: string
  readonly #values = new Map<string, unknown>()

  /** @throws ConfigurationError `CONFIG_INVALID_VALUE`, `CONFIG_UNKNOWN_KEY`, `CONFIG_CONFLICT` */
  constructor(value: unknown, where: string, known: readonly string[], misplaced: MisplacedKeys = {}) {
    this.where = where
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw wrongValue(where, value, 'an object')
    for (const [key, entry] of Object.entries(value)) {
      const name = key.toLowerCase()
      if (!known.includes(name)) throw unknownKey(where, key, known, misplaced)
      if (this.#values.has(name)) throw rejected('CONFIG_CONFLICT', where, `"${name}" is written twice`)
      this.#values.set(name, entry)
    }
  }

  /** undefined for one that is absent or null. */
  get(name: string): unknown {
    return this.#values.get(name) ?? undefined
  }

  /** What a key is called in messages. */
  at(name: string): string {
    return `${this.where}.${name}`
  }

  text(name: string): string | undefined {
    const value = this.get(name)
    if (value === undefined || typeof value === 'string') return value
    throw wrongValue(this.at(name), value, 'a text')
  }

  boolean(name: string): boolean | undefined {
    const value = this.get(name)
    if (value === undefined || typeof value === 'boolean') return value
    throw wrongValue(this.at(name), value, 'true or false')
  }

  integer(name: string, least: number): number | undefined {
    const value = this.get(name)
    if (value === undefined) return undefined
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number
    throw wrongValue(this.at(name), value, `a whole number of at least ${least}`)
  }
}

function unknownKey(
  where: string,
  key: string,
  known: readonly string[],
  misplaced: MisplacedKeys
): ConfigurationError {
  const name = key.toLowerCase()
  const why = Object.hasOwn(misplaced, name) ? misplaced[name] : undefined
  const nearest = why === undefined ? nearestName(key, known) : undefined
  const advice = why !== undefined ? `; ${why}` : nearest === undefined ? '' : `; did you mean "${nearest}"?`
  return rejected(
    'CONFIG_UNKNOWN_KEY',
    where,
    `there is no key ${shown(key)} here${advice}`,
    nearest === undefined ? {} : { nearest }
  )
}

import { type BackendSchemeOption, nearestName, Secret, StorageError } from '@tercet/interface'

const TRUE = /^(true|1|on|yes)?$/i
const FALSE = /^(false|0|off|no)$/i

/** The options of a URL as text, read by name and kind. What cannot be understood is `STORAGE_INVALID_URL`. */
export class OptionValues {
  readonly #scheme: string
  readonly #texts: ReadonlyMap<string, string>

  /**
   * @param given later ones win
   * @throws StorageError `STORAGE_INVALID_URL` for an option that is not among `known`
   */
  constructor(
    scheme: string,
    known: readonly BackendSchemeOption[],
    ...given: readonly Iterable<readonly [name: string, text: string]>[]
  ) {
    this.#scheme = scheme
    const names = known.map(({ name }) => name)
    const texts = new Map<string, string>()
    for (const [name, text] of given.flatMap((each) => [...each])) {
      const key = name.toLowerCase()
      if (!names.includes(key)) throw unknownOption(scheme, key, names)
      texts.set(key, text)
    }
    this.#texts = texts
  }

  has(name: string): boolean {
    return this.#texts.has(name)
  }

  /** Undefined when it was not given, or is empty. */
  text(name: string): string | undefined {
    return this.#texts.get(name) || undefined
  }

  secret(name: string): Secret | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : new Secret(text)
  }

  /** A flag alone is true. */
  flag(name: string): boolean {
    const text = this.#texts.get(name)
    if (text === undefined || FALSE.test(text)) return false
    if (TRUE.test(text)) return true
    throw this.invalid(name, 'must be true or false')
  }

  integer(name: string, least = 0, most: number = Number.MAX_SAFE_INTEGER): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw this.invalid(name, `must be a whole number from ${least} to ${most}`)
  }

  /** One of `choices`, in whatever case it is written. */
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(name)?.toLowerCase()
    if (text === undefined) return undefined
    const found = choices.find((choice) => choice.toLowerCase() === text)
    if (found !== undefined) return found
    throw this.invalid(name, `must be one of ${choices.join(', ')}`)
  }

  /** The error of an option whose value is not right; the value is not shown. */
  invalid(name: string, problem: string): StorageError {
    return new StorageError('STORAGE_INVALID_URL', `Option "${name}" of ${this.#scheme}: ${problem}`, {
      context: { scheme: this.#scheme, option: name }
    })
  }
}

function unknownOption(scheme: string, name: string, known: readonly string[]): StorageError {
  const nearest = nearestName(name, known)
  const advice = nearest === undefined ? '' : `; did you mean "${nearest}"?`
  return new StorageError('STORAGE_INVALID_URL', `${scheme}: has no option "${name}"${advice}`, {
    context: { scheme, option: name }
  })
}

const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Text that must not be printed: it shows as `[secret]` in messages, JSON and inspection. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself. Never put it into an error, an event or a log line. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect](): string {
    return '[secret]'
  }
}

/** The text of a secret that may have been given as plain text. */
export function revealSecret(secret: Secret | string): string {
  return typeof secret === 'string' ? secret : secret.reveal()
}

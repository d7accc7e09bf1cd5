import { ConfigurationError, type GivenOption, parseBooleanText } from '@tercet/sdk/settings'
import { type CommandSpec, ownOptionsOf } from './command-spec.ts'

/** The program's own options as they were given. */
export interface OwnValues {
  flag(option: string): boolean
  text(option: string): string | undefined
  texts(option: string): readonly string[]
}

/**
 * Separates the program's own options from those that are settings.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`
 */
export function separateOwn(
  spec: CommandSpec,
  given: readonly GivenOption[]
): { readonly own: OwnValues; readonly settings: readonly GivenOption[] } {
  const known = new Map(ownOptionsOf(spec).map((option) => [option.option, option]))
  const values = new Map<string, string[]>()
  const settings: GivenOption[] = []
  for (const option of given) {
    const own = known.get(option.option)
    if (own === undefined) {
      settings.push(option)
      continue
    }
    const texts = values.get(option.option) ?? []
    texts.push(own.value === undefined ? flagText(option) : (option.text ?? 'true'))
    if (own.repeatable !== true && new Set(texts).size > 1) throw twice(option.option)
    values.set(option.option, texts)
  }
  return {
    own: {
      flag: (option) => values.get(option)?.at(-1) === 'true',
      text: (option) => values.get(option)?.at(-1),
      texts: (option) => values.get(option) ?? []
    },
    settings
  }
}

function flagText({ option, text = 'true' }: GivenOption): string {
  return String(parseBooleanText(text, `--${option}`))
}

function twice(option: string): ConfigurationError {
  return new ConfigurationError('CONFIG_CONFLICT', `--${option} is given twice, with different values`, {
    context: { key: option }
  })
}

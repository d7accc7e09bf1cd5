import type { BackendScheme } from '@tercet/sdk'
import { ConfigurationError, type GivenOption } from '@tercet/sdk/settings'

/**
 * Separates the options that the backend of `url` understands from those that are settings. What both understand is the
 * backend's, for its name begins with that of the protocol.
 *
 * @throws ConfigurationError `CONFIG_CONFLICT`
 */
export function separateBackendOptions(
  url: string | undefined,
  backends: readonly BackendScheme[],
  given: readonly GivenOption[]
): { readonly backendOptions: Record<string, string>; readonly settings: readonly GivenOption[] } {
  const backend = backends.find(({ scheme }) => url?.toLowerCase().startsWith(`${scheme}:`))
  const known = new Map((backend?.options ?? []).map((option) => [option.name, option]))
  const texts = new Map<string, string>()
  const settings: GivenOption[] = []
  for (const one of given) {
    if (!known.has(one.option)) {
      settings.push(one)
      continue
    }
    const text = one.text ?? ''
    if ((texts.get(one.option) ?? text) !== text)
      throw new ConfigurationError(
        'CONFIG_CONFLICT',
        `--${one.option} is given twice, with different values`,
        { context: { key: one.option } }
      )
    texts.set(one.option, text)
  }
  return { backendOptions: Object.fromEntries(texts), settings }
}

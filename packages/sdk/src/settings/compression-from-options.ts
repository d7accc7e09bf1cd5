import {
  type CompressionSetting,
  compressionFromTarOptions,
  compressionFromZipOptions
} from '@tercet/volume-format'
import { parseChoiceText, parseIntegerText } from './value-texts.ts'

/**
 * The setting that such options amount to. Levels of a kind of archive that was not asked for have no effect, as in
 * Duplicati; undefined: nothing was asked for.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`
 */
export function compressionFromArchiveOptions(
  given: ReadonlyMap<string, string>
): CompressionSetting | undefined {
  const module = given.get('compression-module')
  const level = (option: string) => {
    const text = given.get(option)
    return text === undefined ? undefined : parseIntegerText(text, `--${option}`)
  }
  const kind =
    module === undefined
      ? 'zip'
      : parseChoiceText(module.toLowerCase(), ['zip', 'tgz', 'tzstd'], '--compression-module')
  if (kind === 'tgz' || kind === 'tzstd')
    return compressionFromTarOptions(kind, level(`${kind}-compression-level`))
  const method = given.get('zip-compression-method')
  const zipLevel = level('zip-compression-level')
  // A zip is what there is anyway.
  if (method === undefined && zipLevel === undefined) return undefined
  return compressionFromZipOptions({ method, level: zipLevel })
}

import {
  type CompressionSetting,
  compressionFromTarOptions,
  compressionFromZipOptions
} from '@tercet/volume-format'
import { parseChoiceText, parseIntegerText } from './value-texts.ts'

/** Duplicati's options that together stand for the setting `compression`. */
export const ARCHIVE_OPTIONS = [
  {
    option: 'compression-module',
    description: "Duplicati's name for the kind of archive: zip, tgz or tzstd"
  },
  {
    option: 'zip-compression-method',
    description: "Duplicati's name for the method: Deflate, ZStandard or None"
  },
  {
    option: 'zip-compression-level',
    description: "Duplicati's levels 0 to 9; with Deflate 0 and 1 store"
  },
  {
    option: 'tgz-compression-level',
    description: "Duplicati's levels 0 to 3 of tgz archives; 2 is the usual one"
  },
  {
    option: 'tzstd-compression-level',
    description: 'Levels 1 to 22 of tzstd archives; 10 is the usual one'
  }
] as const

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

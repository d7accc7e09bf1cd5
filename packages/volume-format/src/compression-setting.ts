import { assertKnownKeys, ConfigurationError } from '@tercet/interface'
import { VolumeError } from './volume-error.ts'

/**
 * How new volumes are compressed. `level` is the codec's own: deflate and tgz 1 to 9, zstd and tzstd 1 to 22. Levels 1
 * and 2 of zstd are raised to 3 for blocks of 4 to 256 KiB, where that costs little. `tgz` and `tzstd` make volumes that
 * are a tar compressed as a whole (format section 10.2); all others are zip archives of compressed entries.
 */
export type CompressionSetting =
  | { readonly method: 'none' }
  | { readonly method: 'deflate'; readonly level: number }
  | { readonly method: 'zstd'; readonly level: number }
  | SolidCompression

/** Compression of a volume as a whole. */
export interface SolidCompression {
  readonly method: 'tgz' | 'tzstd'
  readonly level: number
}

/** Several times as fast as deflate, at a better ratio; Duplicati 2.3 and newer read it. */
export const DEFAULT_COMPRESSION: CompressionSetting = Object.freeze({ method: 'zstd', level: 1 })

const LEVELS = {
  deflate: { most: 9, usual: 6 },
  zstd: { most: 22, usual: 1 },
  tgz: { most: 9, usual: 6 },
  tzstd: { most: 22, usual: 10 }
} as const

export function isSolidCompression(setting: CompressionSetting): setting is SolidCompression {
  return setting.method === 'tgz' || setting.method === 'tzstd'
}

/** The part of a volume's name that says what kind of archive it is. */
export function archiveKind(setting: CompressionSetting): 'zip' | SolidCompression['method'] {
  return isSolidCompression(setting) ? setting.method : 'zip'
}

/**
 * Understands `none`, and `deflate`, `zstd`, `tgz` and `tzstd` with or without a level, as in `zstd:3`.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`
 */
export function parseCompression(text: string): CompressionSetting {
  const match = /^(none|deflate|zstd|tgz|tzstd)(?::(\d{1,2}))?$/.exec(text)
  const method = match?.[1] as CompressionSetting['method'] | undefined
  if (method === 'none' && match?.[2] === undefined) return { method }
  if (method !== undefined && method !== 'none') {
    const level = match?.[2] === undefined ? LEVELS[method].usual : Number(match[2])
    if (level >= 1 && level <= LEVELS[method].most) return { method, level }
  }
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `Not a compression: ${JSON.stringify(text)}; use none, deflate:1 to deflate:9, zstd:1 to zstd:22, tgz:1 to tgz:9 or tzstd:1 to tzstd:22`,
    { context: { compression: text } }
  )
}

/** The text that {@link parseCompression} understands. */
export function formatCompression(setting: CompressionSetting): string {
  return setting.method === 'none' ? 'none' : `${setting.method}:${setting.level}`
}

export interface ZipCompressionOptions {
  /** `Deflate`, `None` or `ZStandard`, case ignored. @defaultValue 'Deflate' */
  readonly method?: string | undefined
  /** 0 to 9. @defaultValue 9 */
  readonly level?: number | undefined
}

/**
 * What Duplicati's `zip-compression-method` and `zip-compression-level` ask for: with Deflate, levels 0 and 1 store;
 * with ZStandard, level n means Zstandard's own level 2.33 n, rounded, and level 0 stores.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`
 * @throws VolumeError `VOLUME_UNSUPPORTED_METHOD` for a method that Duplicati writes and this package does not
 */
export function compressionFromZipOptions(options: ZipCompressionOptions): CompressionSetting {
  assertKnownKeys(options, ['method', 'level'], 'compressionFromZipOptions')
  const { method = 'Deflate', level = 9 } = options
  if (!Number.isInteger(level) || level < 0 || level > 9) {
    throw new ConfigurationError('CONFIG_INVALID_VALUE', `zip-compression-level is 0 to 9, not ${level}`)
  }
  switch (method.toLowerCase()) {
    case 'none':
      return { method: 'none' }
    case 'deflate':
      return level <= 1 ? { method: 'none' } : { method: 'deflate', level }
    case 'zstandard':
      return level === 0
        ? { method: 'none' }
        : { method: 'zstd', level: Math.min(22, Math.round(2.33 * level)) }
    case 'bzip2':
    case 'lzma':
    case 'ppmd':
      throw new VolumeError(
        'VOLUME_UNSUPPORTED_METHOD',
        `${method} cannot be written: use Deflate or ZStandard`
      )
    default:
      throw new ConfigurationError(
        'CONFIG_INVALID_VALUE',
        `zip-compression-method is Deflate, ZStandard or None, not ${JSON.stringify(method)}`
      )
  }
}

/** Levels of gzip behind the four of Duplicati: none, fastest, usual, smallest. */
const TGZ_LEVELS = [1, 1, 6, 9] as const

/**
 * What Duplicati's `compression-module` asks for with `tgz-compression-level` (0 to 3) or `tzstd-compression-level` (1 to
 * 22). Level 0 of tgz is taken as the fastest.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`
 */
export function compressionFromTarOptions(
  method: SolidCompression['method'],
  level: number | undefined
): SolidCompression {
  const [least, most, usual] = method === 'tgz' ? [0, 3, 2] : [1, 22, 10]
  const asked = level ?? usual
  if (!Number.isInteger(asked) || asked < least || asked > most) {
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      `${method}-compression-level is ${least} to ${most}, not ${asked}`
    )
  }
  return { method, level: method === 'tgz' ? TGZ_LEVELS[asked as 0 | 1 | 2 | 3] : asked }
}

import { assertKnownKeys, ConfigurationError } from '@tercet/interface'
import { VolumeError } from './volume-error.ts'

/**
 * How new volumes are compressed. `level` is the codec's own: deflate 1 to 9, zstd 1 to 22. Levels 1 and 2 of zstd are
 * raised to 3 for blocks of 4 to 256 KiB, where that costs little.
 */
export type CompressionSetting =
  | { readonly method: 'none' }
  | { readonly method: 'deflate'; readonly level: number }
  | { readonly method: 'zstd'; readonly level: number }

/** Several times as fast as deflate, at a better ratio; Duplicati 2.3 and newer read it. */
export const DEFAULT_COMPRESSION: CompressionSetting = Object.freeze({ method: 'zstd', level: 1 })

const LEVELS = { deflate: { most: 9, usual: 6 }, zstd: { most: 22, usual: 1 } } as const

/**
 * Understands `none`, `deflate`, `deflate:N`, `zstd` and `zstd:N`.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`
 */
export function parseCompression(text: string): CompressionSetting {
  const match = /^(none|deflate|zstd)(?::(\d{1,2}))?$/.exec(text)
  const method = match?.[1] as CompressionSetting['method'] | undefined
  if (method === 'none' && match?.[2] === undefined) return { method }
  if (method === 'deflate' || method === 'zstd') {
    const level = match?.[2] === undefined ? LEVELS[method].usual : Number(match[2])
    if (level >= 1 && level <= LEVELS[method].most) return { method, level }
  }
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `Not a compression: ${JSON.stringify(text)}; use none, deflate:1 to deflate:9 or zstd:1 to zstd:22`,
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

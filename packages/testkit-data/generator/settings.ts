import { createHash } from 'node:crypto'
import { utf8 } from './bytes.ts'

export interface Settings {
  readonly blocksize: number
  readonly blockHash: string
  readonly fileHash: string
}

export const SETTINGS: Settings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA256' }

export function hashOf(algorithm: string, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(algorithm.toLowerCase()).update(bytes).digest())
}

export const sha256 = (bytes: Uint8Array): Uint8Array => hashOf('SHA256', bytes)

export interface ManifestOptions {
  /** @defaultValue 2 */
  readonly version?: number | undefined
  /** @defaultValue true */
  readonly mark?: boolean | undefined
  /** In place of what is right, or besides. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined
}

/** The byte-order mark, which most of the texts begin with. */
export const MARK = '\uFEFF'

export function manifest(
  settings: Settings,
  { version = 2, mark = true, fields }: ManifestOptions = {}
): Uint8Array {
  const { blocksize, blockHash, fileHash } = settings
  const text = JSON.stringify({
    Version: version,
    Created: '20250702T080000Z',
    Encoding: 'utf8',
    Blocksize: blocksize,
    BlockHash: blockHash,
    FileHash: fileHash,
    AppVersion: '2.3.0.109',
    ...fields
  })
  return utf8(`${mark ? MARK : ''}${text}`)
}

/** The form that times have in names and lists. */
export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/[-:]|\.\d+/g, '')
}

import {
  archiveKind,
  type CompressionSetting,
  formatVolumeName,
  newVolumeId,
  type VolumeSettings
} from '@tercet/volume-format'
import { encryptionOf, type VolumeKey } from './volume-key.ts'

/** What goes into a dindex: everything; the list of blocks only; or there is none (format section 4.3). */
export type IndexPolicy = 'full' | 'lookup' | 'none'

/** How the volumes of a run are made. */
export interface VolumeRecipe {
  /** Folder for files on their way, as `createSpool` makes it. */
  readonly spoolFolder: string
  readonly prefix: string
  readonly settings: VolumeSettings
  readonly compression: CompressionSetting
  /** Size after which a volume is closed; it may be exceeded a little (format section 3). */
  readonly dblockSizeBytes: number
  readonly indexPolicy: IndexPolicy
  /** Undefined: volumes are not encrypted. */
  readonly key?: VolumeKey | undefined
  /** Named in manifests as the writer. */
  readonly appVersion?: string | undefined
  /** Milliseconds since 1970. @defaultValue Date.now */
  readonly clock?: (() => number) | undefined
  /** Files of the spool become files of the destination as they are, by another name. @defaultValue false */
  readonly writeBehind?: boolean | undefined
  /** Source of random bytes for names. @defaultValue the system's */
  readonly random?: ((sizeBytes: number) => Uint8Array) | undefined
}

/** A fresh name for a dblock or a dindex. Names are never used twice. */
export function newVolumeName(
  recipe: Pick<VolumeRecipe, 'prefix' | 'key' | 'compression' | 'random'>,
  type: 'dblock' | 'dindex'
): string {
  return formatVolumeName({
    prefix: recipe.prefix,
    type,
    id: newVolumeId(recipe.random),
    compression: archiveKind(recipe.compression),
    encryption: encryptionOf(recipe.key)
  })
}

/** Name of the dlist of the version of that time, in seconds since 1970. */
export function dlistName(
  recipe: Pick<VolumeRecipe, 'prefix' | 'key' | 'compression'>,
  time: number
): string {
  return formatVolumeName({
    prefix: recipe.prefix,
    type: 'dlist',
    time,
    compression: archiveKind(recipe.compression),
    encryption: encryptionOf(recipe.key)
  })
}

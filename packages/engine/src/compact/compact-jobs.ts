import {
  type FinishedVolume,
  importVolumeKey,
  mergeVolumes,
  openStoredVolume,
  type RepackedBlocks,
  type VolumeKeyData,
  type VolumeRecipe,
  VolumeRepacker,
  type WorkerHost
} from '@tercet/core'
import type { AesCryptKeyring } from '@tercet/crypto'
import { isTercetError } from '@tercet/interface'
import { createVolumeKeyring, type KeySource } from '../common/volume-keys.ts'
import type { WorkerInit } from '../engine-pool.ts'

/** What the workers of a compaction are started with. */
export interface CompactWorkerInit {
  readonly recipe: Omit<VolumeRecipe, 'key'>
  readonly key: VolumeKeyData | undefined
}

/** A volume that is here, and what of it is copied. */
export interface CopyJob extends RepackedBlocks {
  readonly path: string
  readonly name: string
  readonly sizeBytes: number
  /** Of the whole volume; undefined: each block is verified instead. */
  readonly hash: Uint8Array | undefined
}

/** Either what was made of it, or why nothing was. */
export type CopyResult =
  | {
      readonly finished: readonly FinishedVolume[]
      /** Something of what was copied is in a volume that is not finished yet. */
      readonly isOpen: boolean
    }
  | { readonly failure: { readonly code: string; readonly message: string } }

export type CompactJobs = ReturnType<typeof compactJobs>

/** The jobs of a compaction. Each worker fills a volume of its own. */
export function compactJobs(host: WorkerHost) {
  let state: { readonly recipe: VolumeRecipe; readonly repacker: VolumeRepacker } | undefined
  let keyring: AesCryptKeyring | undefined
  const source: KeySource = (host.init ?? {}) as Partial<WorkerInit>
  const ready = () => {
    if (state !== undefined) return state
    const { recipe: plain, key } = (host.init as WorkerInit<CompactWorkerInit>).extra
    const recipe = { ...plain, key: key && importVolumeKey(key) }
    state = { recipe, repacker: new VolumeRepacker(recipe) }
    return state
  }
  host.onClose(() => state?.repacker[Symbol.dispose]())
  return {
    'compact-copy': async (job: CopyJob): Promise<CopyResult> => {
      const { recipe, repacker } = ready()
      keyring ??= createVolumeKeyring(source)
      try {
        const { path, name, sizeBytes, hash } = job
        using volume = await openStoredVolume({
          path,
          name,
          keyring,
          settings: recipe.settings,
          expected: { sizeBytes, hash }
        })
        if (volume.type !== 'dblock') throw new TypeError(`${name} is no volume of blocks`)
        const finished = repacker.copy(volume, job, hash === undefined)
        return { finished, isOpen: repacker.isOpen }
      } catch (error) {
        // The volume is to blame; whatever else failed ends the run.
        if (!isTercetError(error) || !/^(VOLUME|CRYPTO)_/.test(error.code)) throw error
        return { failure: { code: error.code, message: error.message } }
      }
    },
    'compact-finish': (): FinishedVolume | undefined => state?.repacker.finish(),
    'compact-merge': (volumes: readonly FinishedVolume[]): Promise<FinishedVolume> =>
      mergeVolumes(volumes, ready().recipe)
  }
}

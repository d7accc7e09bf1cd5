import type { RunOptions } from '@tercet/sdk'

/** The option of a run that calls back for its version, of which the list is stored last of all. */
export function whenVersionIsStored(
  work: (() => Promise<void>) | undefined
): Pick<RunOptions, 'onVolumeStored'> {
  if (work === undefined) return {}
  return {
    onVolumeStored: async ({ type }) => {
      if (type === 'dlist') await work()
    }
  }
}

import type { CatalogReader, CatalogVolume } from '@tercet/core'
import type { StoredSettings } from '../common/stored-settings.ts'
import { HarmReport, type VolumeLoss } from './harm.ts'
import type { VolumeFault } from './verify-jobs.ts'
import type { DamagedVolume, Defect } from './verify-options.ts'

/** Defects of one volume that its entry in the report names; the list of all has every one. */
const MAX_NAMED = 100

/** Lists come first, as a whole version hangs on each; then what holds the files; indexes can be made anew. */
const ORDER = { dlist: 0, dblock: 1, dindex: 2 } as const

/** What one verification has to say. */
export interface DamageReport {
  readonly defects: readonly Defect[]
  readonly damaged: readonly DamagedVolume[]
}

/** Works out what losses harm, defect by defect and volume by volume. `unknown` are volumes without a row. */
export function reportDamage(
  catalog: CatalogReader,
  settings: StoredSettings,
  losses: readonly VolumeLoss[],
  unknown: readonly DamagedVolume[]
): DamageReport {
  const harm = new HarmReport(catalog, settings, losses)
  const versionOf = new Map(catalog.filesets.versions().map(({ volumeId, version }) => [volumeId, version]))
  const defects: Defect[] = []
  const damaged: DamagedVolume[] = []
  const report = (volume: DamagedVolume, faults: readonly VolumeFault[], harmOf: HarmOf): void => {
    damaged.push(volume)
    for (const fault of faults)
      defects.push({
        ...fault,
        volume: volume.volume,
        message: named(volume.volume, fault),
        ...harmOf(fault)
      })
  }
  for (const volume of unknown) report(volume, volume.defects, () => volume)
  for (const loss of losses) {
    const row = catalog.volumes.byId(loss.volumeId) as CatalogVolume
    const listOf = versionOf.get(loss.volumeId)
    const harmOf: HarmOf = (fault) =>
      listOf === undefined ? harm.of(loss, fault) : { affectedVersions: [listOf], affectedFiles: [] }
    report(
      {
        volume: loss.name,
        type: row.type,
        state: stateOf(loss),
        defects: loss.faults.slice(0, MAX_NAMED).map((fault) => unnamed(loss.name, fault)),
        defectCount: loss.faults.length,
        ...(row.type === 'dlist' && row.time !== undefined ? { listOf: new Date(row.time * 1000) } : {}),
        ...(listOf === undefined ? harm.ofVolume(loss) : { affectedVersions: [listOf], affectedFiles: [] })
      },
      loss.faults,
      harmOf
    )
  }
  damaged.sort((a, b) => ORDER[a.type] - ORDER[b.type] || (a.volume < b.volume ? -1 : 1))
  return { defects, damaged }
}

type HarmOf = (fault: VolumeFault) => Pick<Defect, 'affectedVersions' | 'affectedFiles'>

function stateOf({ faults, isUnusable }: VolumeLoss): DamagedVolume['state'] {
  const has = (pattern: RegExp): boolean => faults.some(({ code }) => pattern.test(code))
  if (has(/^(VERIFY_VOLUME_MISSING|STORAGE_NOT_FOUND)$/)) return 'missing'
  if (has(/^STORAGE_/)) return 'unreachable'
  if (isUnusable || has(/^CRYPTO_/)) return 'unreadable'
  return faults.some(({ severity }) => severity === 'error') ? 'damaged' : 'differing'
}

/** Messages of other packages begin with the name of the volume, those of here do not. */
function named(name: string, { message }: VolumeFault): string {
  return message.includes(name) ? message : `${name}: ${message}`
}

function unnamed(name: string, fault: VolumeFault): VolumeFault {
  const { message } = fault
  if (!message.startsWith(name)) return fault
  const rest = message.slice(name.length)
  return { ...fault, message: rest.startsWith(': ') ? rest.slice(2) : `it${rest}` }
}

import type { StorageBackend } from '@tercet/interface'
import type { EngineContext } from '../common/context.ts'
import type { Maintenance } from '../common/open-maintenance.ts'
import type { RunFrame } from '../common/run-frame.ts'
import type { RecordedVolume } from './recorded-volumes.ts'
import type { RepairAction, RepairMeans } from './repair-plan.ts'

/** What the steps of a repair work with. */
export interface RepairTools {
  readonly context: EngineContext
  readonly maintenance: Maintenance
  readonly frame: RunFrame
  readonly replica: StorageBackend | undefined
  /** What the verification file says of volumes whose bytes the catalog does not know. */
  readonly recorded: ReadonlyMap<string, RecordedVolume>
  /** A volume is as it should be again, by these means in the end. */
  done(action: RepairAction, means: RepairMeans): void
}

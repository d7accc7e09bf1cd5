export { type CrashEverywhereOptions, crashEverywhere } from './crash-everywhere.ts'
export { type CrashPoint, type CrashPointOptions, createCrashPoint } from './crash-point.ts'
export {
  CRASH_VARIABLE,
  type CrashRun,
  type InstallCrashPointOptions,
  installCrashPoint,
  type RunUntilCrashOptions,
  runUntilCrash
} from './crash-process.ts'
export { CrashError, FaultError, type FaultErrorCode } from './fault-error.ts'
export { createFaultProxy, type FaultProxy, type NetworkFaults } from './fault-proxy.ts'
export type { FaultTarget } from './fault-script.ts'
export {
  createFaults,
  type DamageOptions,
  type FailOptions,
  type FaultMoment,
  type Faults,
  type FaultsOptions,
  type RecordedCall
} from './faults.ts'
export { observed } from './observed-backend.ts'
export { createRandom, type SeededRandom } from './random.ts'
export type { FileCall, SimulatedFileInfo, SimulatedFiles, SimulatedOpenFile } from './simulated-files.ts'
export {
  type CrashLoss,
  createUnsyncedFileLayer,
  type UnsyncedFileLayer,
  type UnsyncedFileLayerOptions
} from './unsynced-file-layer.ts'
export { createVirtualClock, type VirtualClock, type VirtualClockOptions } from './virtual-clock.ts'

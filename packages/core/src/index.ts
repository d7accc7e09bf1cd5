export { CoreError, type CoreErrorCode } from './core-error.ts'
export {
  type FinishedVolume,
  finishedVolumeBuffers,
  type OrdinalRun,
  type VolumeFile
} from './volumes/finished-volume.ts'
export * from './workers/index.ts'

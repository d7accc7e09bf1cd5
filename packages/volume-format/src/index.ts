import { portablePlatform } from './portable-platform.ts'
import { bindVolumes } from './volume-functions.ts'

export * from './common.ts'

export const {
  newVolumeId,
  createCompressor,
  createDecompressor,
  createDblockWriter,
  createDindexWriter,
  renameInDindex,
  writeDlist,
  openVolume,
  openAnyVolume,
  openDblock,
  openDindex,
  openDlist,
  openZip,
  createZipWriter
} = /* @__PURE__ */ bindVolumes(portablePlatform)

import { nodePlatform } from './node-platform.ts'
import { bindVolumes } from './volume-functions.ts'

export * from './common.ts'
export { createFileScratch } from './file-scratch.ts'
export { createFileSpool, type FileSpool } from './file-spool.ts'
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
} = /* @__PURE__ */ bindVolumes(nodePlatform)

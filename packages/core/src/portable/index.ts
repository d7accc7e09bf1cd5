/** Reading a destination with nothing but its files: no catalog, and nothing of Node. */
export type { FindBlockOptions, IndexProgress } from './block-finder.ts'
export {
  type DestinationReader,
  type DestinationVersion,
  type OpenDestinationOptions,
  openDestination,
  type ReadVersionOptions
} from './destination-reader.ts'
export type { VolumeFile, VolumeSource } from './volume-source.ts'

/** Duplicati's options that together stand for the setting `compression`. */
export const ARCHIVE_OPTIONS = [
  {
    option: 'compression-module',
    description: "Duplicati's name for the kind of archive: zip, tgz or tzstd"
  },
  {
    option: 'zip-compression-method',
    description: "Duplicati's name for the method: Deflate, ZStandard or None"
  },
  {
    option: 'zip-compression-level',
    description: "Duplicati's levels 0 to 9; with Deflate 0 and 1 store"
  },
  {
    option: 'tgz-compression-level',
    description: "Duplicati's levels 0 to 3 of tgz archives; 2 is the usual one"
  },
  {
    option: 'tzstd-compression-level',
    description: 'Levels 1 to 22 of tzstd archives; 10 is the usual one'
  }
] as const

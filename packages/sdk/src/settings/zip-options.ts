/** Duplicati's two options that together stand for the setting `compression`. */
export const ZIP_OPTIONS = [
  {
    option: 'zip-compression-method',
    description: "Duplicati's name for the method: Deflate, ZStandard or None"
  },
  {
    option: 'zip-compression-level',
    description: "Duplicati's levels 0 to 9; with Deflate 0 and 1 store"
  }
] as const

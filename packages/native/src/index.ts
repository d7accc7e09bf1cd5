export { createZstdCompressor, createZstdDecompressor } from './create-zstd.ts'
export { loadNative, type Native } from './load-native.ts'
export { NativeError, type NativeErrorCode } from './native-error.ts'
export type { ZstdCodec, ZstdCompressor, ZstdDecompressor } from './zstd.ts'

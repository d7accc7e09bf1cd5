import { TercetError } from '@tercet/interface'

/**
 * - `NATIVE_ZSTD_CORRUPT` the bytes are not one or more whole Zstandard frames
 * - `NATIVE_ZSTD_FAILED` the codec refused for another reason, such as no memory; the message holds its own words
 */
export type NativeErrorCode = 'NATIVE_ZSTD_CORRUPT' | 'NATIVE_ZSTD_FAILED'

/** A failure inside a native codec. Failed system calls are ordinary Node errors with `code`, `errno` and `syscall`. */
export class NativeError extends TercetError<NativeErrorCode> {}

import { TercetError } from '@tercet/interface'

/**
 * - `NATIVE_ZSTD_CORRUPT` the bytes are not one or more whole Zstandard frames
 * - `NATIVE_ZSTD_FAILED` the codec refused for another reason, such as no memory; the message holds its own words
 * - `NATIVE_DEFLATE_CORRUPT` the bytes are not one whole deflate stream
 * - `NATIVE_DEFLATE_FAILED` the codec refused for another reason
 * - `NATIVE_AES_FAILED` the cipher refused, such as for no memory
 * - `NATIVE_LOCKED` another process holds the lock on this file
 */
export type NativeErrorCode =
  | 'NATIVE_ZSTD_CORRUPT'
  | 'NATIVE_ZSTD_FAILED'
  | 'NATIVE_DEFLATE_CORRUPT'
  | 'NATIVE_DEFLATE_FAILED'
  | 'NATIVE_AES_FAILED'
  | 'NATIVE_LOCKED'

/** A failure that is no failed system call; those are errors as Node's `fs` throws them. */
export class NativeError extends TercetError<NativeErrorCode> {}

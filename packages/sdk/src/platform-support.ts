import { loadNative } from '@tercet/native'

/** What this system offers beyond Node. */
export interface PlatformSupport {
  /** Exact times, extended attributes and safe paths by the system's own calls. */
  readonly nativeCalls: boolean
  /** Zstandard with a kept context. */
  readonly nativeZstd: boolean
}

export function platformSupport(): PlatformSupport {
  const native = loadNative()
  return { nativeCalls: native?.posix !== undefined, nativeZstd: native?.zstd !== undefined }
}

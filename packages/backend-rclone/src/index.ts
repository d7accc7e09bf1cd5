export { openRcloneBackend } from './rclone-backend.ts'
export type { RcloneBackendOptions } from './rclone-options.ts'
export { rcloneScheme, readRcloneUrl } from './rclone-scheme.ts'

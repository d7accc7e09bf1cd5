export { openSmbBackend } from './smb-backend.ts'
export type { SmbBackendOptions } from './smb-options.ts'
export { cifsScheme, readSmbUrl, smbScheme } from './smb-scheme.ts'

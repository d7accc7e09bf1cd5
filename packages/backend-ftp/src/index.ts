export { openFtpBackend } from './ftp-backend.ts'
export type { FtpBackendOptions, FtpEncryption } from './ftp-options.ts'
export { aftpScheme, ftpScheme, ftpsScheme } from './ftp-scheme.ts'

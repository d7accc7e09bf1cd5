export { openSftpBackend } from './sftp-backend.ts'
export type { SftpBackendOptions } from './sftp-options.ts'
export { sftpScheme, sshScheme } from './sftp-scheme.ts'

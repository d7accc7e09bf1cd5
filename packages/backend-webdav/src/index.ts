export { openWebdavBackend } from './webdav-backend.ts'
export type { WebdavBackendOptions } from './webdav-options.ts'
export { webdavScheme, webdavsScheme } from './webdav-scheme.ts'

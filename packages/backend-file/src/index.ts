export { createFileBackend } from './file-backend.ts'
export {
  type FileInfo,
  type FileOperations,
  type FileType,
  type FolderItem,
  nodeFileOperations,
  type OpenFile,
  type OpenPurpose
} from './file-operations.ts'
export type { FileBackendOptions } from './file-options.ts'
export { fileScheme } from './file-scheme.ts'
export { type FileLocation, parseFileUrl, resolveFileUrl } from './file-url.ts'

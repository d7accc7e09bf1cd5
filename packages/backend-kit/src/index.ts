export {
  type BackendAddress,
  type BackendUrlForm,
  CREDENTIAL_OPTIONS,
  displayAddress,
  readBackendUrl
} from './backend-url.ts'
export { type BatchDelete, deleteInBatches, inLanes } from './delete-each.ts'
export { deleteInLanes } from './delete-in-lanes.ts'
export {
  describeCall,
  type ErrorDetails,
  explainedError,
  type FailedCall,
  type Meaning
} from './explained-error.ts'
export { FileServerBackend, type FileServerSettings } from './file-server-backend.ts'
export { FolderNames } from './folder-names.ts'
export { createHttpAgents, type HttpAgents, type HttpAgentsOptions } from './http-agents.ts'
export { type HttpAnswer, httpError, retryAfterMs } from './http-error.ts'
export { type HttpRequest, httpRequest, readText } from './http-request.ts'
export { incoming } from './incoming.ts'
export { bodyChunks } from './large-body.ts'
export { LargeReads, type LargeReadsOptions } from './large-reads.ts'
export { type FolderMaker, makeFolders } from './make-folders.ts'
export { nativeCode, networkError } from './network-error.ts'
export { OptionValues } from './option-values.ts'
export { outgoing } from './outgoing.ts'
export { type Lease, Pool, type PoolOptions } from './pool.ts'
export { PooledBackend, type PooledSession } from './pooled-backend.ts'
export { type ProxyChoice, type ProxyTarget, proxiesFromEnvironment } from './proxy-settings.ts'
export { type Body, readBody } from './read-body.ts'
export { type Renames, replaceFile } from './replace-file.ts'
export { type BlockSender, sendBlocks } from './send-blocks.ts'
export type { DownloadRange, FileFacts, NamedFile, PooledFiles, ServerFiles } from './server-files.ts'
export { ABANDONED_AFTER_MS, isTemporaryName, isUnfinishedName, temporaryName } from './temporary-names.ts'
export {
  assertFingerprint,
  connectTls,
  normalFingerprints,
  readTrust,
  TLS_OPTIONS,
  type TlsTrust,
  tlsOptions
} from './tls-trust.ts'
export { UnfinishedUploads } from './unfinished-uploads.ts'
export { withheld } from './withheld.ts'

export { createS3Backend, createS3Bucket } from './s3-backend.ts'
export type { S3BackendOptions, S3Credentials, S3LockMode } from './s3-options.ts'
export { readS3Url, s3Scheme } from './s3-scheme.ts'

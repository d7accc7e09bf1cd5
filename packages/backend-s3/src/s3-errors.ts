import {
  explainedError,
  type FailedCall,
  type Meaning,
  networkError,
  retryAfterMs
} from '@tercet/backend-kit'
import { isTercetError } from '@tercet/interface'

const BUSY: Meaning = ['STORAGE_RATE_LIMITED', 'the store asks to slow down', 'may-help']
const DOWN: Meaning = ['STORAGE_UNAVAILABLE', 'the store cannot answer now', 'may-help']
const DAMAGED: Meaning = ['STORAGE_CORRUPT', 'the bytes were damaged on the way', 'may-help']
const NO_RIGHT: Meaning = [
  'STORAGE_ACCESS_DENIED',
  'the store does not permit it; check the access key, its secret and its rights'
]
const WRONG_KEY: Meaning = [
  'STORAGE_ACCESS_DENIED',
  'the store does not know the access key, or its secret is wrong'
]
const ELSEWHERE: Meaning = ['STORAGE_INVALID_URL', 'the bucket is elsewhere; give its region or endpoint']
const NOTHING: Meaning = ['STORAGE_NOT_FOUND', 'there is no such object']
const CHANGED: Meaning = ['STORAGE_CONFLICT', 'the object is not what it was']
const RACE: Meaning = ['STORAGE_CONFLICT', 'another change is under way', 'may-help']
const CANNOT: Meaning = ['STORAGE_UNSUPPORTED', 'the store does not do that']
const QUOTA: Meaning = ['STORAGE_FULL', 'a quota is used up']
const LOCKED: Meaning = ['STORAGE_LOCKED', 'a lock forbids it']
const BAD_NAME: Meaning = ['STORAGE_INVALID_PATH', 'the store cannot have this name']

/** The one table from the codes of S3 and its relatives to those of the contract. */
const BY_CODE: Readonly<Record<string, Meaning>> = {
  NoSuchKey: NOTHING,
  NotFound: NOTHING,
  BucketAlreadyExists: ['STORAGE_EXISTS', 'a bucket of somebody else has this name'],
  NoSuchBucket: ['STORAGE_NOT_FOUND', 'there is no such bucket; create it first'],
  AccessDenied: NO_RIGHT,
  AllAccessDisabled: ['STORAGE_ACCESS_DENIED', 'the store has disabled the bucket'],
  AccountProblem: ['STORAGE_ACCESS_DENIED', 'there is a problem with the account'],
  InvalidAccessKeyId: WRONG_KEY,
  SignatureDoesNotMatch: WRONG_KEY,
  InvalidSecurity: WRONG_KEY,
  InvalidToken: ['STORAGE_ACCESS_DENIED', 'the session token is wrong'],
  ExpiredToken: ['STORAGE_ACCESS_DENIED', 'the session token has expired'],
  RequestTimeTooSkewed: ['STORAGE_ACCESS_DENIED', "this machine's clock differs too much from the store's"],
  CredentialsProviderError: ['STORAGE_ACCESS_DENIED', 'no access key was given or found'],
  PreconditionFailed: CHANGED,
  ConditionalRequestConflict: RACE,
  OperationAborted: RACE,
  InvalidObjectState: ['STORAGE_ARCHIVED', 'it is archived; restore it first'],
  ObjectLocked: LOCKED,
  FileImmutable: LOCKED,
  QuotaExceeded: QUOTA,
  XMinioStorageFull: ['STORAGE_FULL', 'no space is left'],
  XMinioAdminBucketQuotaExceeded: QUOTA,
  EntityTooLarge: ['STORAGE_FULL', 'it is larger than the store takes'],
  KeyTooLongError: ['STORAGE_INVALID_PATH', 'the name is too long for the store'],
  KeyTooLong: ['STORAGE_INVALID_PATH', 'the name is too long for the store'],
  InvalidObjectName: BAD_NAME,
  InvalidURI: BAD_NAME,
  InvalidBucketName: ['STORAGE_INVALID_URL', 'no bucket can have this name'],
  InvalidStorageClass: ['STORAGE_INVALID_URL', 'the store does not know this storage class'],
  PermanentRedirect: ELSEWHERE,
  TemporaryRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: ELSEWHERE,
  NotImplemented: CANNOT,
  MethodNotAllowed: CANNOT,
  BadDigest: DAMAGED,
  InvalidDigest: DAMAGED,
  XAmzContentSHA256Mismatch: DAMAGED,
  IncompleteBody: ['STORAGE_UNAVAILABLE', 'the upload broke off', 'may-help'],
  NoSuchUpload: ['STORAGE_UNAVAILABLE', 'the store has given up the upload', 'may-help'],
  RequestTimeout: ['STORAGE_TIMEOUT', 'the upload stood still for too long', 'may-help'],
  SlowDown: BUSY,
  Throttling: BUSY,
  ThrottlingException: BUSY,
  RequestLimitExceeded: BUSY,
  TooManyRequests: BUSY,
  InternalError: DOWN,
  ServiceUnavailable: DOWN,
  TimeoutError: ['STORAGE_TIMEOUT', 'the store did not answer in time', 'may-help']
}

/** For answers without a code, such as those to HEAD. */
const BY_STATUS: Readonly<Record<number, Meaning>> = {
  301: ELSEWHERE,
  302: ELSEWHERE,
  307: ELSEWHERE,
  401: WRONG_KEY,
  403: NO_RIGHT,
  404: NOTHING,
  405: CANNOT,
  408: ['STORAGE_TIMEOUT', 'the store waited for too long', 'may-help'],
  409: RACE,
  412: CHANGED,
  429: BUSY,
  501: CANNOT,
  507: ['STORAGE_FULL', 'no space is left']
}

/** What an error of the client library may carry. */
interface NativeError {
  readonly name?: string
  readonly message?: string
  readonly Code?: string
  readonly Region?: string
  readonly Endpoint?: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

/** A failure of the client library in the words of the contract. What is in these already is passed on. */
export function s3Error(error: unknown, call: FailedCall): unknown {
  if (isTercetError(error)) return error
  const native = (typeof error === 'object' && error !== null ? error : {}) as NativeError
  const status = native.$metadata?.httpStatusCode
  const code = native.Code ?? native.name ?? ''
  const row = rowOf(code, status)
  const broken = row === undefined && status === undefined ? networkError(error, call) : undefined
  if (broken !== undefined) return broken
  const headers = native.$response?.headers ?? {}
  return explainedError(row ?? ['STORAGE_UNEXPECTED', `it fails with ${status ?? ''} ${code}`], call, {
    cause: withoutRequest(native, code),
    suffix: placeOf(native, headers),
    context: {
      s3Code: code === '' ? undefined : code,
      httpStatus: status,
      requestId: native.$metadata?.requestId,
      retryAfterMs: retryAfterMs(headers['retry-after'])
    }
  })
}

/** The code that the store gave an error, also one that was translated. */
export function s3CodeOf(error: unknown): string | undefined {
  if (isTercetError(error)) return error.context['s3Code'] as string | undefined
  return (error as NativeError | undefined)?.Code ?? (error as NativeError | undefined)?.name
}

export function statusOf(error: unknown): number | undefined {
  if (isTercetError(error)) return error.context['httpStatus'] as number | undefined
  return (error as NativeError | undefined)?.$metadata?.httpStatusCode
}

function rowOf(code: string, status: number | undefined): Meaning | undefined {
  if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code]
  if (status === undefined) return undefined
  return BY_STATUS[status] ?? (status >= 500 ? DOWN : undefined)
}

/** Where the store says that the bucket is. */
function placeOf(native: NativeError, headers: Readonly<Record<string, string>>): string {
  const region = native.Region ?? headers['x-amz-bucket-region']
  if (region !== undefined) return ` (region ${region})`
  return native.Endpoint === undefined ? '' : ` (endpoint ${native.Endpoint})`
}

/** The native error without the signed request that some stores send back in it. */
function withoutRequest(native: NativeError, code: string): Error {
  const cause = new Error(native.message ?? code)
  cause.name = code === '' ? 'Error' : code
  return cause
}

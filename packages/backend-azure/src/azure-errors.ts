import {
  explainedError,
  type FailedCall,
  httpError,
  type Meaning,
  networkError,
  retryAfterMs
} from '@tercet/backend-kit'
import { isTercetError } from '@tercet/interface'

const NO_RIGHT: Meaning = [
  'STORAGE_ACCESS_DENIED',
  'the account does not permit it; check its name, the key or the signature and its rights'
]
const NOTHING: Meaning = ['STORAGE_NOT_FOUND', 'there is no such object']
const LEASED: Meaning = ['STORAGE_LOCKED', 'somebody holds a lease of it']
const IMMUTABLE: Meaning = ['STORAGE_LOCKED', 'an immutability policy or a legal hold forbids it']
const BAD_NAME: Meaning = ['STORAGE_INVALID_PATH', 'the store cannot have this name']
const FULL: Meaning = ['STORAGE_FULL', 'it is more than the account takes']
const DAMAGED: Meaning = ['STORAGE_CORRUPT', 'the bytes were damaged on the way', 'may-help']

/** The one table from the codes of Azure to those of the contract. What it does not know is judged by its HTTP status. */
const TABLE: Readonly<Record<string, Meaning>> = {
  BlobNotFound: NOTHING,
  ResourceNotFound: NOTHING,
  ContainerNotFound: ['STORAGE_NOT_FOUND', 'there is no such container; create it first'],
  ContainerAlreadyExists: ['STORAGE_EXISTS', 'the container exists already'],
  InvalidRange: ['STORAGE_UNEXPECTED', 'the range is behind the end'],
  BlobAlreadyExists: ['STORAGE_EXISTS', 'it is there already'],
  ConditionNotMet: ['STORAGE_CONFLICT', 'the object is not what it was'],
  TargetConditionNotMet: ['STORAGE_CONFLICT', 'the object is not what it was'],
  AuthenticationFailed: NO_RIGHT,
  AuthorizationFailure: NO_RIGHT,
  AuthorizationPermissionMismatch: NO_RIGHT,
  AuthorizationProtocolMismatch: ['STORAGE_ACCESS_DENIED', 'the signature is not for this protocol'],
  AuthorizationResourceTypeMismatch: NO_RIGHT,
  AuthorizationServiceMismatch: NO_RIGHT,
  AuthorizationSourceIPMismatch: ['STORAGE_ACCESS_DENIED', 'the signature is not for this address'],
  InsufficientAccountPermissions: NO_RIGHT,
  NoAuthenticationInformation: NO_RIGHT,
  InvalidAuthenticationInfo: NO_RIGHT,
  PublicAccessNotPermitted: NO_RIGHT,
  AccountIsDisabled: ['STORAGE_ACCESS_DENIED', 'the account is disabled'],
  LeaseIdMissing: LEASED,
  LeaseIdMismatchWithBlobOperation: LEASED,
  LeaseAlreadyPresent: LEASED,
  BlobImmutableDueToPolicy: IMMUTABLE,
  BlobImmutableDueToLegalHold: IMMUTABLE,
  BlobArchived: ['STORAGE_ARCHIVED', 'it is archived; restore it first'],
  BlobBeingRehydrated: ['STORAGE_ARCHIVED', 'it is archived, and being restored'],
  ContainerBeingDeleted: ['STORAGE_CONFLICT', 'the container is being deleted', 'may-help'],
  InvalidBlockList: ['STORAGE_CONFLICT', 'another put of the same name came between', 'may-help'],
  InvalidBlobOrBlock: ['STORAGE_CONFLICT', 'another put of the same name came between', 'may-help'],
  Md5Mismatch: DAMAGED,
  InvalidMd5: DAMAGED,
  RequestBodyTooLarge: FULL,
  BlockCountExceedsLimit: FULL,
  AccountLimitExceeded: FULL,
  InvalidResourceName: BAD_NAME,
  InvalidUri: BAD_NAME,
  OutOfRangeInput: BAD_NAME,
  ServerBusy: ['STORAGE_RATE_LIMITED', 'the store asks to slow down', 'may-help'],
  OperationTimedOut: ['STORAGE_TIMEOUT', 'the store did not answer in time', 'may-help'],
  InternalError: ['STORAGE_UNAVAILABLE', 'the store cannot answer now', 'may-help']
}

/** What an error of the client library may carry. */
interface NativeError {
  readonly name?: string
  readonly message?: string
  readonly code?: string
  readonly statusCode?: number
  readonly details?: { readonly errorCode?: string; readonly code?: string }
  readonly response?: { readonly headers: { get(name: string): string | undefined } }
}

/** The code that Azure gave an error, also one that was translated. */
export function azureCodeOf(error: unknown): string | undefined {
  if (isTercetError(error)) return error.context['azureCode'] as string | undefined
  const { code, details, response } = (error ?? {}) as NativeError
  return response?.headers.get('x-ms-error-code') ?? details?.errorCode ?? details?.code ?? code
}

/** A failure of the client library in the words of the contract. What is in these already is passed on. */
export function azureError(error: unknown, call: FailedCall): unknown {
  if (isTercetError(error)) return error
  const native = (error ?? {}) as NativeError
  const code = azureCodeOf(error)
  const status = native.statusCode
  const cause = withoutRequest(native, code)
  const row = code !== undefined && Object.hasOwn(TABLE, code) ? TABLE[code] : undefined
  if (row !== undefined) {
    const wait = retryAfterMs(native.response?.headers.get('retry-after'))
    return explainedError(row, call, { cause, context: { azureCode: code, status, retryAfterMs: wait } })
  }
  if (status !== undefined)
    return httpError({ status, header: (name) => native.response?.headers.get(name) }, call, cause)
  const broken = networkError(cause, call)
  if (broken !== undefined) return broken
  // A failure without an answer is one of the connection, also where the client says that it was aborted: what the caller
  // has aborted does not come here.
  if (native.name === 'RestError' || native.name === 'AbortError')
    return explainedError(['STORAGE_UNAVAILABLE', 'the connection broke off', 'may-help'], call, { cause })
  return error
}

/** The native error without the signed request that it carries. */
function withoutRequest(native: NativeError, code: string | undefined): Error {
  const firstLine = (native.message ?? code ?? 'unknown failure').split('\n', 1)[0]
  return Object.assign(new Error(firstLine?.replace(/\?[^\s"]*/g, '')), {
    name: native.name ?? 'Error',
    ...(native.code === undefined ? {} : { code: native.code })
  })
}

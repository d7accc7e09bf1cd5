import { isTercetError, type StorageError, type StorageErrorCode } from '@tercet/interface'
import { explainedError, type FailedCall, type Meaning } from './explained-error.ts'

const UNREACHABLE = 'STORAGE_UNAVAILABLE'
const UNTRUSTED = 'STORAGE_UNTRUSTED'
const UNKNOWN_AUTHORITY = 'its certificate is signed by an authority that is not known here'

/** The one table from the codes of Node's sockets, name look-ups and TLS to those of the contract. */
const TABLE: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: [UNREACHABLE, 'nothing answers at this host and port', 'may-help'],
  ECONNRESET: [UNREACHABLE, 'the connection was reset', 'may-help'],
  ECONNABORTED: [UNREACHABLE, 'the connection was given up', 'may-help'],
  EPIPE: [UNREACHABLE, 'the connection was closed by the server', 'may-help'],
  ENETDOWN: [UNREACHABLE, 'the network is down', 'may-help'],
  ENETUNREACH: [UNREACHABLE, 'there is no way to this network', 'may-help'],
  EHOSTDOWN: [UNREACHABLE, 'the host is down', 'may-help'],
  EHOSTUNREACH: [UNREACHABLE, 'there is no way to this host', 'may-help'],
  EADDRNOTAVAIL: [UNREACHABLE, 'this machine has no address or port left', 'may-help'],
  EMFILE: [UNREACHABLE, 'too many files and sockets are open', 'may-help'],
  ENFILE: [UNREACHABLE, 'too many files and sockets are open on this system', 'may-help'],
  EAI_AGAIN: [UNREACHABLE, 'the name of the host cannot be looked up now', 'may-help'],
  ENOTFOUND: [UNREACHABLE, 'there is no host of this name'],
  ETIMEDOUT: ['STORAGE_TIMEOUT', 'no answer in time', 'may-help'],
  ESOCKETTIMEDOUT: ['STORAGE_TIMEOUT', 'no answer in time', 'may-help'],
  ERR_SOCKET_CONNECTION_TIMEOUT: ['STORAGE_TIMEOUT', 'no connection in time', 'may-help'],
  ERR_STREAM_PREMATURE_CLOSE: [UNREACHABLE, 'the connection ended too early', 'may-help'],
  EPROTO: [UNREACHABLE, 'the server does not speak TLS here, or no version of it in common'],
  ERR_SSL_WRONG_VERSION_NUMBER: [UNREACHABLE, 'the server does not speak TLS here'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [UNTRUSTED, 'its certificate is signed by itself only'],
  SELF_SIGNED_CERT_IN_CHAIN: [UNTRUSTED, UNKNOWN_AUTHORITY],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [UNTRUSTED, UNKNOWN_AUTHORITY],
  UNABLE_TO_GET_ISSUER_CERT: [UNTRUSTED, UNKNOWN_AUTHORITY],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [UNTRUSTED, UNKNOWN_AUTHORITY],
  CERT_UNTRUSTED: [UNTRUSTED, 'its certificate is not trusted'],
  CERT_REJECTED: [UNTRUSTED, 'its certificate is not trusted'],
  CERT_REVOKED: [UNTRUSTED, 'its certificate was revoked'],
  CERT_SIGNATURE_FAILURE: [UNTRUSTED, 'its certificate has a wrong signature'],
  CERT_HAS_EXPIRED: [UNTRUSTED, 'its certificate has expired'],
  CERT_NOT_YET_VALID: [UNTRUSTED, 'its certificate is not valid yet; is the clock right?'],
  HOSTNAME_MISMATCH: [UNTRUSTED, 'its certificate is for another host'],
  ERR_TLS_CERT_ALTNAME_INVALID: [UNTRUSTED, 'its certificate is for another host'],
  TERCET_CERTIFICATE_PIN: [UNTRUSTED, 'its certificate does not have the fingerprint that was asked for'],
  TERCET_PROXY_DENIED: ['STORAGE_ACCESS_DENIED', 'the proxy wants to know who asks']
}

/** The code that Node gave to an error or to what caused it; undefined when it has none of the network. */
export function nativeCode(error: unknown): string | undefined {
  let current: unknown = error
  for (let depth = 0; depth < 8 && typeof current === 'object' && current !== null; depth++) {
    const { code, cause, errors } = current as { code?: unknown; cause?: unknown; errors?: unknown }
    if (typeof code === 'string' && Object.hasOwn(TABLE, code)) return code
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined)
  }
  return undefined
}

/**
 * A failure of the network in the words of the contract; undefined when it is none. Errors of the contract are passed on
 * as they are.
 */
export function networkError(error: unknown, failed: FailedCall): StorageError | undefined {
  if (isTercetError<StorageErrorCode>(error)) return error as StorageError
  const native = nativeCode(error)
  if (native === undefined) return undefined
  return explainedError(TABLE[native] as Meaning, failed, { cause: error, context: { native } })
}

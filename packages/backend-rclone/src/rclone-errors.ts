import { explainedError, type FailedCall, type Meaning } from '@tercet/backend-kit'
import type { StorageError } from '@tercet/interface'

/** What the texts of rclone mean; it has no codes. The first that fits counts. */
const TABLE: readonly (readonly [text: RegExp, ...Meaning])[] = [
  [/didn't find section in config file/i, 'STORAGE_INVALID_URL', 'rclone has no remote of this name'],
  [
    /couldn't decrypt configuration|config file.*password/i,
    'STORAGE_ACCESS_DENIED',
    "rclone's configuration is encrypted; give RCLONE_CONFIG_PASS"
  ],
  [
    /object not found|directory not found|is a directory not a file|no such file|NoSuchBucket|NoSuchKey|container not found/i,
    'STORAGE_NOT_FOUND',
    'nothing is there'
  ],
  [
    /InvalidObjectState|archived|is in (glacier|archive)/i,
    'STORAGE_ARCHIVED',
    'it is archived; restore it first'
  ],
  [
    /too many requests|rate ?limit|SlowDown|\b429\b|userRateLimitExceeded/i,
    'STORAGE_RATE_LIMITED',
    'the store asks to slow down',
    'may-help'
  ],
  [
    /no space left|quota|insufficient (storage|space)|disk full|\b507\b/i,
    'STORAGE_FULL',
    'no space is left, or a quota is used up'
  ],
  [/read-only file system/i, 'STORAGE_READ_ONLY', 'the place cannot be written to'],
  [/x509|certificate/i, 'STORAGE_UNTRUSTED', 'its certificate is not trusted'],
  [
    /permission denied|access ?denied|forbidden|unauthori[sz]ed|invalid_grant|SignatureDoesNotMatch|InvalidAccessKeyId|unable to authenticate|login|\b40[13]\b/i,
    'STORAGE_ACCESS_DENIED',
    'the store does not permit it; check the remote'
  ],
  [/\b423\b/, 'STORAGE_UNAVAILABLE', 'somebody has locked it', 'may-help'],
  [/\b30[12378]\b/, 'STORAGE_INVALID_URL', 'the store is at another place; correct the remote'],
  [/file ?name too long|name too long/i, 'STORAGE_INVALID_PATH', 'the name is too long for the store'],
  [
    /corrupted on transfer|hash differ|sizes differ/i,
    'STORAGE_CORRUPT',
    'the bytes were damaged on the way',
    'may-help'
  ],
  [/deadline exceeded|timeout/i, 'STORAGE_TIMEOUT', 'no answer in time', 'may-help'],
  [
    /connection|no such host|network|EOF|broken pipe|\b50[0234]\b/i,
    'STORAGE_UNAVAILABLE',
    'the store cannot be reached',
    'may-help'
  ]
]

/** An error text of rclone in the words of the contract; what it does not know stays `STORAGE_UNEXPECTED`. */
export function rcloneError(text: string, failed: FailedCall): StorageError {
  const firstLine = withoutSecrets(text.split('\n', 1)[0] ?? '')
  const [, ...meaning] = TABLE.find(([pattern]) => pattern.test(text)) ?? [
    text,
    'STORAGE_UNEXPECTED',
    'rclone failed'
  ]
  return explainedError(meaning, failed, { suffix: ` (${firstLine})` })
}

/** Texts of rclone may quote URLs as they were asked for. */
function withoutSecrets(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/gi, '$1')
    .replace(/\?[^\s"]*/g, '')
    .slice(0, 300)
}

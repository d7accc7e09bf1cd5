import { TercetError } from '@tercet/interface'

/**
 * - `SECRET_PROVIDER_UNKNOWN` no provider of secrets is known by this name
 * - `SECRET_PROVIDER_FAILED` a provider of secrets cannot be read or run
 * - `SECRET_MISSING` a provider does not know a secret that is needed
 * - `SCRIPT_FAILED` a script that was required has failed, or said that there is an error and nothing is to be done
 * - `SCRIPT_TIMEOUT` a script that was required has not ended in time, and was ended
 * - `SCRIPT_UNUSABLE` a script cannot be started
 * - `JOB_FILE_INVALID` a file of jobs cannot be read or understood; the message says where
 * - `JOB_NOT_FOUND` a file of jobs has no job of this name
 */
export type JobsErrorCode =
  | 'SECRET_PROVIDER_UNKNOWN'
  | 'SECRET_PROVIDER_FAILED'
  | 'SECRET_MISSING'
  | 'SCRIPT_FAILED'
  | 'SCRIPT_TIMEOUT'
  | 'SCRIPT_UNUSABLE'
  | 'JOB_FILE_INVALID'
  | 'JOB_NOT_FOUND'

/** A failure of what surrounds a backup. */
export class JobsError extends TercetError<JobsErrorCode> {}

import { TercetError } from '@tercet/sdk/options'

/**
 * - `SYNC_NOT_CONFIRMED` files of a replica would be deleted, and there is nobody to ask
 */
export type CliErrorCode = 'SYNC_NOT_CONFIRMED'

/** A refusal of the program itself. */
export class CliError extends TercetError<CliErrorCode> {}

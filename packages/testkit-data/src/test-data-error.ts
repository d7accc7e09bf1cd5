import { TercetError } from '@tercet/interface'

/**
 * - `DATA_TOOL_MISSING` a program of the system that is needed is not installed
 * - `DATA_NO_FIXTURE` there is no fixture with this name, or the fixtures are not part of this installation
 * - `DATA_NO_VECTOR` there is no format vector with this id
 */
export type TestDataErrorCode = 'DATA_TOOL_MISSING' | 'DATA_NO_FIXTURE' | 'DATA_NO_VECTOR'

/** Test data that cannot be made or found. */
export class TestDataError extends TercetError<TestDataErrorCode> {}

/**
 * Version of the contract between backends and their users. It rises by one when a method, a capability or a guarantee
 * changes in a way that existing backends or callers do not meet; additions that old code may ignore leave it.
 */
export const CONTRACT_VERSION = 1

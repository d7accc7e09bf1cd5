import { isTercetError } from '@tercet/interface'

/** The code and the message of what a call throws; fails where it throws nothing of ours. */
export function failureOf(call: () => unknown): { code: string; message: string } {
  try {
    call()
  } catch (error) {
    if (isTercetError(error)) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('nothing was thrown')
}

/** A configuration with these destinations, as text. */
export function configurationText(destinations: unknown, more: object = {}): string {
  return JSON.stringify({ destinations, ...more })
}

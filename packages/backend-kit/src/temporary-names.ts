import { randomBytes } from 'node:crypto'

/** How long after its last change an upload is taken for abandoned. */
export const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000

// Of fixed length, so that a final name of 255 bytes can be written too.
const PATTERN = /^\.tercet-put-[0-9a-f]{24}\.tmp$/
/** A command that was cut may have made a file whose name was cut, too; a tilde marks what made room. */
const CUT = /^\.tercet-put-[0-9a-f]{0,24}(\.(t|tm|tmp~)?)?$/

/** A name that nobody else uses, for an object that is being written. */
export function temporaryName(): string {
  return `.tercet-put-${randomBytes(12).toString('hex')}.tmp`
}

/** True for names of unfinished uploads, which are neither listed nor accepted as paths. */
export function isTemporaryName(name: string): boolean {
  return PATTERN.test(name)
}

/** As {@link isTemporaryName}, and for what is left of such a name where a command or a replacement broke off. */
export function isUnfinishedName(name: string): boolean {
  return PATTERN.test(name) || CUT.test(name)
}

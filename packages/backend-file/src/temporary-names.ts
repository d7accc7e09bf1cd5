import { randomInt } from 'node:crypto'
import { isProcessGone, machineMark } from './writer.ts'

/** How long after its last change an upload is taken for abandoned, of whose writer nothing is known. */
export const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000

// Of fixed length, so that a final name of 255 bytes can be written too.
const PATTERN = /^\.tercet-put-[0-9a-f]{24}\.tmp$/
const MARK = /^\.tercet-put-([0-9a-f]{8})([0-9a-f]{8})/
const RANGE = 2 ** 32

/** {@link isTemporaryName} as a regular expression in text. */
export const TEMPORARY_NAMES = PATTERN.source

let count = randomInt(RANGE)

/** A name that nobody else uses, for a file that is being written. It tells by which process of which machine. */
export function temporaryName(writer: number = process.pid): string {
  count = (count + 1) % RANGE
  const machine = machineMark() ?? hex(randomInt(RANGE))
  return `.tercet-put-${machine}${hex(writer)}${hex(count)}.tmp`
}

/** True for names of unfinished uploads, which are neither listed nor accepted as paths. */
export function isTemporaryName(name: string): boolean {
  return PATTERN.test(name)
}

/** True where the process that wrote the file is known to have ended: it was of this machine, and is no more. */
export function isWriterGone(name: string): boolean {
  const [, machine, writer] = MARK.exec(name) ?? []
  if (machine === undefined || writer === undefined || machine !== machineMark()) return false
  return isProcessGone(Number.parseInt(writer, 16))
}

function hex(number: number): string {
  return number.toString(16).padStart(8, '0')
}

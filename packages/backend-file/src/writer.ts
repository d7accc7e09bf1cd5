/** Who writes here: what is needed to tell later that a process is gone. */
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

const MAX_PROCESS_ID = 2 ** 31 - 1

let known: { readonly mark: string | undefined } | undefined

/**
 * Eight hexadecimal digits for this start of this machine, and for the container where there is one: what shares them
 * shares its numbers of processes. Undefined where the system does not tell.
 */
export function machineMark(): string | undefined {
  known ??= { mark: makeMark() }
  return known.mark
}

function makeMark(): string | undefined {
  try {
    const start = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
    const processes = readlinkSync('/proc/self/ns/pid')
    return createHash('sha256').update(`${hostname()}\n${start}\n${processes}`).digest('hex').slice(0, 8)
  } catch {
    return undefined // no Linux, or a system that hides this
  }
}

/** True only where there surely is no process of that number on this machine. */
export function isProcessGone(id: number): boolean {
  if (id < 1 || id > MAX_PROCESS_ID) return false
  try {
    process.kill(id, 0) // asks only
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

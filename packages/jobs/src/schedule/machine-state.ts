import { readdir, readFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import type { MachineState } from './scheduler.ts'

/** Where Linux tells of batteries and chargers. */
const SUPPLIES = '/sys/class/power_supply'
/** A machine is idle when not more than this share of its processors is busy, over a minute. */
const IDLE_SHARE = 0.25

/**
 * The state of this machine. Where the system does not tell, as without batteries or on other systems than Linux, it
 * counts as on mains; Windows, which has no load average, as idle.
 */
export function machineState(folder: string = SUPPLIES): MachineState {
  return {
    isIdle: () => (loadavg()[0] ?? 0) <= IDLE_SHARE * availableParallelism(),
    isOnMains: () => isOnMains(folder)
  }
}

async function isOnMains(folder: string): Promise<boolean> {
  const read = (name: string, file: string): Promise<string> =>
    readFile(join(folder, name, file), 'utf8').then(
      (text) => text.trim(),
      () => ''
    )
  const names = await readdir(folder).catch(() => [])
  let discharges = false
  for (const name of names) {
    const type = await read(name, 'type')
    if (type !== 'Battery' && (await read(name, 'online')) === '1') return true
    // Batteries of a mouse or a keyboard tell nothing of the machine.
    if (type === 'Battery' && (await read(name, 'scope')) !== 'Device')
      discharges ||= (await read(name, 'status')) === 'Discharging'
  }
  return !discharges
}

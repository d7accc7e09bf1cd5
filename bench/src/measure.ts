import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'

/** One timed run of one command, as GNU time saw the whole process. */
export interface Measurement {
  readonly wallSeconds: number
  readonly cpuSeconds: number
  /** Peak resident memory of the largest process, all its threads together. */
  readonly residentMib: number
  /** Cores that anything else used meanwhile; a row above 0.5 is suspect. Undefined where the system does not tell. */
  readonly otherCores: number | undefined
  readonly exitCode: number
  readonly output: string
}

/** Runs a command alone under GNU time (Debian package `time`). */
export function measure(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  workFolder: string
): Measurement {
  const timings = path.join(workFolder, 'time.txt')
  const busyBefore = busySeconds()
  const run = spawnSync('/usr/bin/time', ['-q', '-o', timings, '-f', '%e %U %S %M', ...command], {
    cwd: workFolder,
    env: {
      ...process.env,
      LC_ALL: 'C.UTF-8',
      BORG_BASE_DIR: path.join(workFolder, 'borg-base'),
      ...environment
    },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024
  })
  if (run.error)
    throw new Error(`Cannot run /usr/bin/time: install the package "time" (${run.error.message})`)
  const busyAfter = busySeconds()
  const [wall, user, system, kib] = fs
    .readFileSync(timings, 'utf8')
    .trim()
    .split('\n')
    .at(-1)!
    .split(' ')
    .map(Number)
  return {
    wallSeconds: wall!,
    cpuSeconds: user! + system!,
    residentMib: kib! / 1024,
    otherCores:
      busyBefore === undefined || busyAfter === undefined || wall === 0
        ? undefined
        : Math.max(0, (busyAfter - busyBefore - user! - system!) / wall!),
    exitCode: run.status ?? -1,
    output: `${run.stdout}${run.stderr}`
  }
}

/** Seconds that all cores together have worked since the start of the system (Linux). */
function busySeconds(): number | undefined {
  if (!fs.existsSync('/proc/stat')) return undefined
  const [user, nice, system, , , interrupts, softInterrupts] = fs
    .readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user! + nice! + system! + interrupts! + softInterrupts!) / 100
}

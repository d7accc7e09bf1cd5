import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
// The client in rclone refuses to work where this is set.
const { AWS_CA_BUNDLE: _, ...environment } = process.env

/** What some work took: seconds on the clock and on the processor, and the largest resident size of the process until then. */
export interface Cost {
  readonly wall: number
  readonly cpu: number
  readonly peakBytes: number
  /** It was given up before it was done. */
  readonly isCut: boolean
}

export async function rclone(...args: string[]): Promise<string> {
  return (await run('rclone', args, { env: environment })).stdout
}

/** Of rclone, as GNU time sees the process. It is ended after `limit` seconds. */
export async function costOfRclone(args: readonly string[], limit: number): Promise<Cost> {
  const started = performance.now()
  const timed = ['-q', '-f', '%U %S %M', 'timeout', String(limit), 'rclone', ...args]
  const told = await run('/usr/bin/time', timed, { env: environment }).catch(
    (error: { code?: unknown; stderr: string }) => {
      if (error.code === 124) return { stderr: error.stderr, isCut: true }
      throw error
    }
  )
  const wall = (performance.now() - started) / 1000
  const [user = 0, system = 0, peak = 0] = (told.stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number)
  return { wall, cpu: user + system, peakBytes: peak * 1024, isCut: 'isCut' in told }
}

/** Of this process. */
export async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const before = process.cpuUsage()
  const started = performance.now()
  await work()
  const wall = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(before)
  const peakBytes = process.resourceUsage().maxRSS * 1024
  return { wall, cpu: (user + system) / 1e6, peakBytes, isCut: false }
}

/** Of work that was done in two pieces, in this order. */
export function sumOf(first: Cost, second: Cost): Cost {
  const { wall, cpu, peakBytes, isCut } = second
  return { wall: first.wall + wall, cpu: first.cpu + cpu, peakBytes, isCut: first.isCut || isCut }
}

/** For people. */
export function shown(cost: Cost | undefined): string {
  if (cost === undefined) return '–'
  const { wall, cpu, peakBytes, isCut } = cost
  const memory = `${Math.round(peakBytes / 1024 / 1024)} MiB`
  return `${isCut ? 'over ' : ''}${wall.toFixed(2)} s (${cpu.toFixed(2)} s, ${memory})`
}

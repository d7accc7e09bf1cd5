import { mkdir } from 'node:fs/promises'
import { runProgram } from './run-program.ts'

/**
 * Makes a folder that is a file system of its own, with so little space (default: 1 MiB), for as long as `work` takes; undefined
 * where the system does not allow that, as it does to root only.
 */
export async function withSmallDisk<Result>(
  folder: string,
  work: () => Promise<Result>,
  size = '1m'
): Promise<Result | undefined> {
  await mkdir(folder, { recursive: true })
  try {
    await runProgram('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=777`, 'tmpfs', folder])
  } catch {
    return undefined
  }
  try {
    return await work()
  } finally {
    await runProgram('umount', ['--lazy', folder])
  }
}

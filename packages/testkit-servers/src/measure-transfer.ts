import { join } from 'node:path'
import { runProgram } from './run-program.ts'

/** What a transfer in and out of a backend took, in a process of its own. */
export interface TransferCost {
  readonly received: number
  /** Most memory that the process had. */
  readonly peakBytes: number
}

/** How the command line holds itself back; a library leaves both to the process that it is in. */
const AS_THE_PROGRAM = {
  flags: ['--semi-space-growth-factor=1'],
  environment: ['MALLOC_ARENA_MAX=2', 'MALLOC_TRIM_THRESHOLD_=131072']
} as const

/**
 * Puts one object of so many bytes and gets it back, in a process of its own.
 *
 * @param opener where the backend comes from: a module, what it exports for that, and plain options
 */
export async function measureTransfer(
  opener: { readonly module: string; readonly name: string; readonly options: object },
  bytes: number
): Promise<TransferCost> {
  const program = join(import.meta.dirname, 'transfer-program.ts')
  const { module, name, options } = opener
  const flags = [
    '--conditions=@tercet/source',
    '--disable-warning=ExperimentalWarning',
    ...AS_THE_PROGRAM.flags
  ]
  const args = [...flags, program, module, name, JSON.stringify(options), String(bytes)]
  const told = await runProgram('/usr/bin/env', [...AS_THE_PROGRAM.environment, process.execPath, ...args])
  return JSON.parse(told) as TransferCost
}

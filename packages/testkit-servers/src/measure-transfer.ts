import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { runProgram } from './run-program.ts'

/** What a transfer in and out of a backend took, in a process of its own. */
export interface TransferCost {
  readonly received: number
  /** Most memory that the process had. */
  readonly peakBytes: number
}

/**
 * How the command line holds itself back; a library leaves both to the process that it is in. Node takes the first flag from
 * its own command line without a word, but heeds it only when it is set by the program.
 */
const AS_THE_PROGRAM = {
  flags: ['--semi-space-growth-factor=1', '--heap-growing-percent=10'],
  environment: ['MALLOC_ARENA_MAX=2', 'MALLOC_TRIM_THRESHOLD_=131072']
} as const

/**
 * Puts one object of so many bytes and gets it back, in a process of its own that runs what users run: JavaScript. What
 * Node needs to understand TypeScript would be some 30 MiB of the measured memory.
 *
 * @param opener where the backend comes from: a module, what it exports for that, and plain options
 */
export async function measureTransfer(
  opener: { readonly module: string; readonly name: string; readonly options: object },
  bytes: number
): Promise<TransferCost> {
  const folder = await mkdtemp(join(tmpdir(), 'tercet-transfer-'))
  try {
    const program = join(folder, 'transfer.mjs')
    await compile(opener.module, opener.name, program)
    const node = [...AS_THE_PROGRAM.environment, process.execPath, program]
    const told = await runProgram('/usr/bin/env', [...node, JSON.stringify(opener.options), String(bytes)])
    return JSON.parse(told) as TransferCost
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function compile(module: string, name: string, outfile: string): Promise<void> {
  const contents = `
    import { transfer } from './transfer-program.ts'
    import { ${name} } from ${JSON.stringify(fileURLToPath(module))}
    import { setFlagsFromString } from 'node:v8'
    for (const flag of ${JSON.stringify(AS_THE_PROGRAM.flags)}) setFlagsFromString(flag)
    const [options, bytes] = process.argv.slice(2)
    await transfer(${name}, JSON.parse(options), Number(bytes))`
  await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@tercet/source'],
    external: ['*.node', 'cpu-features'], // optional, and looked for when they are needed
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const __dirname = import.meta.dirname"
    },
    logLevel: 'error'
  })
}

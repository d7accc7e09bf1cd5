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

/** How the command line holds itself back; a library leaves both to the process that it is in. */
const AS_THE_PROGRAM = {
  flags: ['--semi-space-growth-factor=1', '--heap-growing-percent=10'],
  environment: ['MALLOC_ARENA_MAX=2', 'MALLOC_TRIM_THRESHOLD_=131072']
} as const

/** Where a backend comes from: a module, what it exports for that, and plain options. */
export interface Opener {
  readonly module: string
  readonly name: string
  readonly options: object
}

/**
 * Puts one object of so many bytes and gets it back, in a process of its own that runs what users run: JavaScript. What
 * Node needs to understand TypeScript would be some 30 MiB of the measured memory.
 */
export async function measureTransfer(opener: Opener, bytes: number): Promise<TransferCost> {
  const folder = await mkdtemp(join(tmpdir(), 'tercet-transfer-'))
  try {
    const program = join(folder, 'transfer.mjs')
    await compile(opener.module, opener.name, program)
    const args = [...AS_THE_PROGRAM.flags, program, JSON.stringify(opener.options), String(bytes)]
    const told = await runProgram('/usr/bin/env', [...AS_THE_PROGRAM.environment, process.execPath, ...args])
    return JSON.parse(told) as TransferCost
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * The least memory of up to three transfers, the last of which is the first that stays within the limit. When garbage is
 * collected depends on what else the machine does, and adds to one of them or another; what a backend holds, to all.
 */
export async function leastTransfer(
  opener: Opener,
  bytes: number,
  limitBytes: number
): Promise<TransferCost> {
  let least = await measureTransfer(opener, bytes)
  for (let more = 2; more > 0 && least.peakBytes > limitBytes; more--) {
    const next = await measureTransfer(opener, bytes)
    if (next.peakBytes < least.peakBytes) least = next
  }
  return least
}

async function compile(module: string, name: string, outfile: string): Promise<void> {
  const contents = `
    import { transfer } from './transfer-program.ts'
    import { ${name} } from ${JSON.stringify(fileURLToPath(module))}
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

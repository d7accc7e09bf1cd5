import type { ExitCode } from './exit-code.ts'
import type { CliIo } from './io.ts'
import { programVersion } from './version.ts'

/**
 * Runs one command line and resolves with the exit code. Everything that it reads from and writes to the process goes
 * through `io`, so it can run inside a test.
 */
export async function main(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  if (argv[0] === '--version') {
    await io.stdout.write(`${programVersion()}\n`)
    return 0
  }
  const { dispatch } = await import('./dispatch.ts')
  return await dispatch(argv, io)
}

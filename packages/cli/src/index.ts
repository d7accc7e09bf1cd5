export { main } from './cli.ts'
export { EXIT, type ExitCode } from './exit-code.ts'
export type { CliIo, StopSignal, TextOutput } from './io.ts'
export { processIo } from './process-io.ts'

// Runs turbo without telemetry and without a daemon, on every platform: `node scripts/turbo.mjs run build`.
import { runTool } from './toolchain.mjs'

process.exitCode = runTool('turbo', process.argv.slice(2))

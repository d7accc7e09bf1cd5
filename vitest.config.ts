import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Tests run from the sources, so nothing has to be built before. */
const conditions = ['@tercet/source', 'node', 'import', 'default']

// Processes and threads that tests start from the sources strip the types of hundreds of modules; once is enough.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('.cache/compile', import.meta.url))

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Half of the time goes by waiting for disks and servers, so that two run at once even where there are two processors.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'docs/test/**/*.test.ts'],
    execArgv: ['--conditions=@tercet/source', '--disable-warning=ExperimentalWarning'],
    // They end what hangs; a busy machine is slow, and that is no failure.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    passWithNoTests: true,
    typecheck: { enabled: false }
  }
})

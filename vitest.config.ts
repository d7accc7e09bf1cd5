import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Tests run from the sources, so nothing has to be built before. */
const conditions = ['@tercet/source', 'node', 'import', 'default']

// Processes and threads that tests start from the sources strip the types of hundreds of modules; once is enough.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('.cache/compile', import.meta.url))

/** What takes longest begins first, so that in the end no worker is alone with a long one. */
const LONGEST = [
  'docs/test/samples.test.ts',
  'packages/backend-sftp/test/conformance.test.ts',
  'packages/cli/test/sigkill.test.ts',
  'packages/cli/test/signals.test.ts',
  'packages/engine/test/backup/continue-duplicati.test.ts',
  'packages/engine/test/backup/crash.test.ts',
  'packages/engine/test/backup/sigkill.test.ts',
  'packages/engine/test/compact/crash.test.ts',
  'packages/backend-webdav/test/conformance.test.ts',
  'packages/cli/test/duplicati.test.ts',
  'packages/core/test/catalog/catalog.crash.test.ts'
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.some((path) => moduleId.endsWith(path))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

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
    sequence: { sequencer: LongestFirst },
    passWithNoTests: true,
    typecheck: { enabled: false }
  }
})

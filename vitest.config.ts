import { defineConfig } from 'vitest/config'

/** Tests run from the sources, so nothing has to be built before. */
const conditions = ['@tercet/source', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'docs/test/**/*.test.ts'],
    execArgv: ['--conditions=@tercet/source', '--disable-warning=ExperimentalWarning'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    passWithNoTests: true,
    typecheck: { enabled: false }
  }
})

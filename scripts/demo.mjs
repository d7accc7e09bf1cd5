// `npm run demo`: installs and builds what is missing, then runs examples/backup-restore with the built packages.
import { join } from 'node:path'
import { ensureInstalled, root, run, runTool, step } from './toolchain.mjs'

ensureInstalled()
step('build', () => runTool('turbo', ['run', 'build', '--output-logs=errors-only']))
process.exitCode = run('npm', ['start', '--silent', '--', ...process.argv.slice(2)], {
  cwd: join(root, 'examples', 'backup-restore')
})

// What every script of the repository shares: plain JavaScript for any Node >= 20, no dependency, because it also
// runs before anything is installed. After the installation, `node_modules/.bin/node` is the Node of the toolchain.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules', '.bin')

/** The environment of every tool: the toolchain's Node first on the PATH, no telemetry, no update checks. */
export function toolEnvironment() {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  return {
    ...process.env,
    [key]: bin + delimiter + (process.env[key] ?? ''),
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    DO_NOT_TRACK: '1'
  }
}

/** Runs a program with its output shown; returns the exit code. */
export function run(command, args, options = {}) {
  const { env, ...rest } = options
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...toolEnvironment(), ...env },
    ...rest
  })
  if (result.error) throw result.error
  return result.status ?? 1
}

/** Runs a program of `node_modules/.bin`. */
export function runTool(name, args, options = {}) {
  return run(join(bin, process.platform === 'win32' ? `${name}.cmd` : name), args, options)
}

/** As `run`, but ends this process when the program fails. */
export function step(title, action) {
  console.log(`\n> ${title}`)
  const startedAt = performance.now()
  const status = action()
  if (status !== 0) {
    console.error(`\n${title}: failed`)
    process.exit(status)
  }
  console.log(`  ${title}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

/** The Node of the toolchain if its package exists for this platform, else the running one. */
export function toolNode() {
  const installed = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node')
  return existsSync(installed) ? installed : process.execPath
}

/** Whether `node_modules` holds what the lock file asks for. */
function isInstalled() {
  const marker = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(marker)) return false
  const lockFile = join(root, 'package-lock.json')
  if (statSync(lockFile).mtimeMs <= statSync(marker).mtimeMs) return true
  const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages
  const present = JSON.parse(readFileSync(marker, 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) =>
    path === '' || !path.startsWith('node_modules/') || entry.optional || entry.peer || entry.link
      ? true
      : present[path]?.version === entry.version
  )
}

/** Runs a script with the Node of the toolchain. */
export function runWithNode(args, options = {}) {
  return run(toolNode(), args, options)
}

/** Installs what is missing, without running any install script. */
export function ensureInstalled() {
  if (!isInstalled()) {
    step('npm ci --ignore-scripts', () =>
      run('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'])
    )
  }
  ensureNode()
}

/** Stops with a sentence, not with a syntax error of some tool, where no current Node can be had. */
function ensureNode() {
  const { stdout } = spawnSync(toolNode(), ['--version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32'
  })
  const [major, minor] = (stdout ?? '').trim().slice(1).split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 11) || (major === 22 && minor >= 18)) return
  console.error(
    `The tools of this repository need Node 22.18 or 24.11 and newer, and found ${(stdout ?? '').trim()}.`
  )
  process.exit(1)
}

// Adds to package-lock.json the optional platform packages (`@scope/tool-darwin-arm64` and the like) that npm left out
// because the registry in use did not offer them: without an entry for each, `npm ci` refuses the lock file.
// Run it after a change of a tool that comes with such packages.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './toolchain.mjs'

const systems = [
  'darwin',
  'linux',
  'win32',
  'android',
  'freebsd',
  'openbsd',
  'netbsd',
  'sunos',
  'aix',
  'openharmony'
]
const processors = [
  'arm64',
  'x64',
  'ia32',
  'arm',
  'ppc64',
  's390x',
  'riscv64',
  'loong64',
  'mips64el',
  'wasm32'
]
const synonyms = { windows: 'win32', 64: 'x64' }

const lockFile = join(root, 'package-lock.json')
const lock = JSON.parse(readFileSync(lockFile, 'utf8'))
const added = []
for (const [path, entry] of Object.entries(lock.packages)) {
  if (!path.startsWith('node_modules/')) continue
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const known = [`node_modules/${name}`, `${path}/node_modules/${name}`].some((each) => lock.packages[each])
    const tokens = (name.split('/').pop() ?? '').split('-').map((token) => synonyms[token] ?? token)
    const os = systems.find((system) => tokens.includes(system))
    const cpu = processors.find((processor) => tokens.includes(processor))
    if (known || !/^\d/.test(version) || !os || !cpu) continue
    const musl = tokens.some((token) => token.startsWith('musl'))
    const glibc = os === 'linux' && tokens.some((token) => token.startsWith('gnu'))
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(entry.dev ? { dev: true } : {}),
      ...(musl ? { libc: ['musl'] } : glibc ? { libc: ['glibc'] } : {}),
      ...(entry.license ? { license: entry.license } : {}),
      optional: true,
      os: [os]
    }
    added.push(name)
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
if (added.length > 0) writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`added: ${added.length === 0 ? 'nothing' : added.join(', ')}`)

// Every package as a stranger gets it: packed, checked by publint and attw, installed with npm into an empty project,
// compiled against with `skipLibCheck: false` under the two module resolutions in use, bundled for a browser where it
// promises to be portable, and the programs of its README run. The programs of the other pages are compiled here; that
// they run is a test of theirs.
//
//   node scripts/check-packages.mjs [--keep]     (needs a build; third-party dependencies come from the registry)
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { publishedPackages } from './packages.mjs'
import { root, toolEnvironment, toolNode } from './toolchain.mjs'

const keep = process.argv.includes('--keep')
const work = mkdtempSync(join(tmpdir(), 'tercet-packages-'))
const project = join(work, 'project')
const packages = publishedPackages()
const problems = []

const problem = (name, text) => problems.push(`${name}: ${text}`)

/** Runs a program; returns its exit code and all that it printed. */
function execute(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      shell: process.platform === 'win32',
      timeout: 240_000,
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...toolEnvironment(), ...options.env }
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

async function inParallel(items, action) {
  const queue = [...items]
  const lanes = Array.from({ length: Math.min(4, availableParallelism()) }, async () => {
    for (let item = queue.shift(); item; item = queue.shift()) await action(item)
  })
  await Promise.all(lanes)
}

async function stage(title, action) {
  const startedAt = performance.now()
  const before = problems.length
  await action()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${problems.length === before ? 'ok     ' : 'FAILED '} ${title} (${seconds} s)`)
  for (const each of problems.slice(before)) console.error(`        ${each.replaceAll('\n', '\n        ')}`)
}

const tool = (name) => join(root, 'node_modules', '.bin', name)
const tarballs = new Map()
/** Packages that export something yet; nothing more than an installation can be asked of the others. */
const filled = packages.filter(({ folder }) => {
  const sources = readFileSync(join(folder, 'src', 'index.ts'), 'utf8')
  return sources.trim() !== 'export {}'
})

await stage('npm pack', async () => {
  for (const { name, folder } of packages) {
    if (!existsSync(join(folder, 'dist', 'index.js')))
      problem(name, 'is not built; run `npm run build` first')
  }
  const { code, output } = await execute('npm', [
    'pack',
    '--json',
    '--silent',
    '--ignore-scripts',
    `--pack-destination=${work}`,
    ...packages.map(({ folder }) => `--workspace=${folder}`)
  ])
  if (code !== 0) return problem('npm pack', output)
  for (const { name, manifest } of packages) {
    const file = join(work, `tercet-${name}-${manifest.version}.tgz`)
    if (existsSync(file)) tarballs.set(name, file)
    else problem(name, `npm pack made no ${basename(file)}`)
  }
  // What is published is what is wanted: no tests, no settings of the build.
  for (const name of tarballs.keys()) {
    const listing = await execute('tar', ['-tzf', tarballs.get(name)])
    const strangers = listing.output
      .split('\n')
      .filter(
        (path) =>
          path &&
          !/^package\/(dist|src|bin|vectors)\/|^package\/(package\.json|[a-z-]+\.schema\.json|[A-Z]+(\.md)?)$/.test(
            path
          )
      )
    if (strangers.length > 0) problem(name, `holds what nobody needs: ${strangers.join(', ')}`)
  }
})

await stage('publint', () =>
  inParallel(packages, async ({ name, folder, manifest }) => {
    const { messages } = await publint({ pkgDir: folder, level: 'suggestion', strict: true, pack: 'npm' })
    for (const message of messages) problem(name, formatMessage(message, manifest, { color: false }))
  })
)

await stage('attw', () =>
  inParallel(packages, async ({ name }) => {
    const args = [
      tarballs.get(name),
      '--profile',
      'esm-only',
      '--no-color',
      '--no-emoji',
      '--format',
      'table'
    ]
    const { code, output } = await execute(tool('attw'), args)
    if (code !== 0) problem(name, output)
  })
)

await stage('npm install of all packs into an empty project', async () => {
  mkdirSync(project, { recursive: true })
  const rootManifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({
      name: 'consumer',
      version: '1.0.0',
      private: true,
      type: 'module',
      dependencies: Object.fromEntries(
        packages.map(({ name, manifest }) => [manifest.name, `file:${tarballs.get(name)}`])
      ),
      devDependencies: {
        '@types/node': rootManifest.devDependencies['@types/node'],
        vitest: rootManifest.devDependencies.vitest
      }
    })
  )
  const { code, output } = await execute(
    'npm',
    ['install', '--ignore-scripts', '--no-fund', '--no-audit', '--prefer-offline', '--loglevel=error'],
    { cwd: project }
  )
  if (code !== 0) problem('npm install', output)
})

// Whoever installs Tercet compiles nothing. The one script is that of an optional module, which looks for its binaries that
// come ready-made.
await stage('what is installed is not compiled', () => {
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'))
  for (const [path, { dev, hasInstallScript }] of Object.entries(lock.packages))
    if (hasInstallScript && !dev && path !== 'node_modules/koffi')
      problem(path, 'runs a script when it is installed')
})

/** The TypeScript programs of a page, in order. */
function programsOf(page) {
  const fences = readFileSync(page, 'utf8').matchAll(/^```(?:ts|typescript)\b[^\n]*\n([\s\S]*?)^```/gm)
  return [...fences].map(([, code]) => code)
}

/** The pages about all packages together. */
function commonPages() {
  const below = readdirSync(join(root, 'docs'), { recursive: true })
  return ['README.md', ...below.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))]
}

const programs = []
await stage('every README has a program', async () => {
  for (const { name, folder, manifest } of filled) {
    if (manifest.bin) continue
    const found = programsOf(join(folder, 'README.md'))
    if (found.length === 0) problem(name, 'README.md has no TypeScript program')
    for (const [index, code] of found.entries()) {
      const isTest = /\bfrom ['"]vitest['"]|\btestStorageBackend\(/.test(code)
      programs.push({ name, code, isTest, file: `${name}-${index + 1}.${isTest ? 'test.' : ''}ts` })
    }
  }
})
const samples = commonPages().flatMap((page) =>
  programsOf(join(root, page)).map((code, index) => ({
    code,
    file: `${page.replaceAll(/\W/g, '-')}-${index + 1}.ts`
  }))
)

await stage('consumer compiles with skipLibCheck: false', async () => {
  const specifiers = packages.flatMap(({ manifest }) =>
    Object.entries(manifest.exports)
      .filter(([, target]) => typeof target === 'object')
      .map(([subpath]) => manifest.name + subpath.slice(1))
  )
  const lines = specifiers.map((specifier, index) => `import * as m${index} from '${specifier}'`)
  writeFileSync(
    join(project, 'consumer.ts'),
    `${lines.join('\n')}\nexport const all = [${specifiers.map((_, index) => `m${index}`).join(', ')}]\n`
  )
  for (const { file, code } of [...programs, ...samples])
    writeFileSync(join(project, file), `${code}\nexport {}\n`)
  for (const [module, moduleResolution] of [
    ['node16', 'node16'],
    ['esnext', 'bundler']
  ]) {
    const path = join(project, `tsconfig.${moduleResolution}.json`)
    writeFileSync(
      path,
      JSON.stringify({
        compilerOptions: {
          module,
          moduleResolution,
          target: 'es2023',
          lib: ['es2024', 'esnext'],
          types: ['node'],
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          skipLibCheck: false,
          noEmit: true
        },
        files: ['consumer.ts', ...[...programs, ...samples].map(({ file }) => file)]
      })
    )
    const { code, output } = await execute(tool('tsc'), ['-p', path], { cwd: project })
    if (code !== 0) problem(`tsc, ${moduleResolution}`, output)
  }
})

await stage('every entry loads under Node', async () => {
  const specifiers = packages
    .filter(({ manifest }) => !manifest.bin)
    .flatMap(({ manifest }) =>
      Object.entries(manifest.exports)
        .filter(([subpath, target]) => typeof target === 'object' && subpath !== './worker')
        .map(([subpath]) => manifest.name + subpath.slice(1))
    )
    // The conformance suite loads vitest, which runs inside of vitest only.
    .filter((specifier) => specifier !== '@tercet/testkit-backend')
  const file = join(project, 'load.mjs')
  writeFileSync(file, specifiers.map((specifier) => `await import('${specifier}')\n`).join(''))
  const { code, output } = await execute(toolNode(), [file], { cwd: project })
  if (code !== 0) problem('import', output)
  if (/warning/i.test(output)) problem('import', `prints a warning:\n${output}`)
})

await stage('portable entries bundle for a browser', async () => {
  for (const name of ['interface', 'crypto', 'volume-format']) {
    const result = await build({
      stdin: { contents: `export * from '@tercet/${name}'`, resolveDir: project },
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'esm',
      logLevel: 'silent'
    }).catch((error) => ({ failure: error.message }))
    if (result.failure) problem(name, result.failure)
  }
})

await stage(`README programs (${programs.length})`, async () => {
  for (const { name, file, isTest } of programs) {
    const home = mkdtempSync(join(work, `home-${name}-`))
    const environment = { TMPDIR: home, HOME: home, XDG_DATA_HOME: join(home, 'data') }
    const { code, output } = isTest
      ? await execute(join(project, 'node_modules', '.bin', 'vitest'), ['run', file], {
          cwd: project,
          env: environment
        })
      : await execute(toolNode(), [join(project, file)], { cwd: home, env: environment, timeout: 60_000 })
    if (code !== 0) problem(name, `${file} of README.md ends with ${code}:\n${output}`)
  }
})

await stage('binaries answer --version and --help', async () => {
  for (const { name, manifest } of filled) {
    for (const bin of Object.keys(manifest.bin ?? {})) {
      for (const option of ['--version', '--help']) {
        const { code, output } = await execute(join(project, 'node_modules', '.bin', bin), [option], {
          cwd: project
        })
        if (code !== 0 || output.trim() === '')
          problem(name, `${bin} ${option} ends with ${code}:\n${output}`)
      }
    }
  }
})

if (keep) console.log(`kept: ${work}`)
else rmSync(work, { recursive: true, force: true })
console.log(
  problems.length === 0 ? `${packages.length} packages are fit to publish` : `${problems.length} problems`
)
process.exitCode = problems.length === 0 ? 0 : 1

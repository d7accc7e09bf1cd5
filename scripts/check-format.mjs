// Lets an independent reader of the volume format judge what the built command line writes: two versions of a folder, in
// each way of compression and encryption. TERCET_STRICT_READER names the reader's module; without it this does nothing,
// and says so.
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './toolchain.mjs'

const reader = process.env.TERCET_STRICT_READER
if (!reader) {
  console.log('no independent reader is at hand (TERCET_STRICT_READER)')
  process.exit(0)
}

const work = mkdtempSync(join(tmpdir(), 'tercet-format-'))
const variants = [
  [],
  ['--no-encryption', '--compression=none'],
  ['--compression=deflate:6', '--blocksize=10kb', '--dblock-size=1mb'],
  ['--block-hash-algorithm=SHA512', '--file-hash-algorithm=SHA1', '--index-file-policy=Lookup']
]
try {
  for (const [index, options] of variants.entries()) check(options, join(work, String(index)))
} finally {
  rmSync(work, { recursive: true, force: true })
}

function check(options, folder) {
  const source = join(folder, 'source')
  cpSync(join(root, 'docs'), source, { recursive: true })
  const plain = options.includes('--no-encryption')
  const backup = [
    'backup',
    join(folder, 'destination'),
    source,
    `--dbpath=${join(folder, 'catalog')}`,
    ...options
  ]
  tercet(backup, plain)
  appendFileSync(join(source, 'README.md'), 'one line more\n')
  tercet(backup, plain)
  const passphrase = plain ? [] : ['--passphrase', 'three lines']
  run([reader, 'check', join(folder, 'destination'), ...passphrase], {})
}

function tercet(args, plain) {
  run([join(root, 'packages/cli/bin/tercet.js'), ...args], plain ? {} : { PASSPHRASE: 'three lines' })
}

function run(args, environment) {
  const result = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, ...environment }
  })
  console.log(result.stdout.trimEnd().split('\n').at(-1))
  if (result.status === 0) return
  console.error(result.stdout, result.stderr)
  process.exitCode = 1
}

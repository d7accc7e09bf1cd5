/**
 * Runs every sample of the documentation: the `ts` blocks as programs and the `sh` blocks as commands, page by page, in
 * order, in one empty folder for each page, with `tercet` on the PATH. Output and fragments stand in blocks of another
 * language. Commands of the repository itself (`npm …`, `git …`) are not run here, but their scripts must exist.
 */
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CodeBlock, codeBlocks } from './code-blocks.ts'

const root = path.resolve(import.meta.dirname, '../..')
const pages = ['README.md', ...markdownFiles('docs')]

function markdownFiles(folder: string): string[] {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name))
    .sort()
}

describe.each(pages)('%s', (page) => {
  const blocks = codeBlocks(fs.readFileSync(path.join(root, page), 'utf8'))
  const samples = blocks.filter((block) => block.language === 'ts' || block.language === 'sh')
  let folder: string
  /** Programs lie below the checkout, so that they find the packages, but work in the page's own folder. */
  let programs: string
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tercet-docs-'))
    programs = fs.mkdtempSync(path.join(root, 'docs', '.samples-'))
    const shim = `#!/bin/sh\nexec "${process.execPath}" --conditions=@tercet/source "${root}/packages/cli/src/main.ts" "$@"\n`
    fs.writeFileSync(path.join(programs, 'tercet'), shim, { mode: 0o755 })
  })
  afterAll(() => {
    fs.rmSync(folder, { recursive: true, force: true })
    fs.rmSync(programs, { recursive: true, force: true })
  })

  test('is closed and well-formed', () => expect(blocks).toBeDefined())

  test.each(samples.map((block) => [`line ${block.line} (${block.language})`, block] as const))(
    '%s',
    (_, block) => {
      const result = block.language === 'ts' ? runProgram(block) : runCommands(block)
      expect(result, block.code).toMatchObject({ status: 0 })
    }
  )

  function runProgram(block: CodeBlock) {
    const file = path.join(programs, `line-${block.line}.ts`)
    fs.writeFileSync(file, block.code)
    return run(process.execPath, ['--conditions=@tercet/source', file])
  }

  function runCommands(block: CodeBlock) {
    const scripts: Record<string, string> = JSON.parse(
      fs.readFileSync(path.join(root, 'package.json'), 'utf8')
    ).scripts
    const own = block.code.split('\n').filter((line) => !/^(npm|git|cd) /.test(line))
    for (const [, name] of block.code.matchAll(/^npm (?:run )?([\w:-]+)/gm)) {
      expect(['install', 'ci', 'i', ...Object.keys(scripts)]).toContain(name)
    }
    return run('bash', ['-euo', 'pipefail', '-c', own.join('\n')])
  }

  function run(command: string, args: string[]) {
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        PATH: `${programs}${path.delimiter}${process.env.PATH}`,
        HOME: folder,
        XDG_DATA_HOME: path.join(folder, 'data')
      }
    })
    return { status, stdout, stderr }
  }
})

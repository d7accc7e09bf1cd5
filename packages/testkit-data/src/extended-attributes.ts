import { execFile } from 'node:child_process'
import { TestDataError } from './test-data-error.ts'

/** Attribute name to value, by the path of the file as bytes in latin1. */
export type AttributesByPath = ReadonlyMap<string, Readonly<Record<string, string>>>

/**
 * The `user.` attributes of everything below `root`, links not followed, read by one run of `getfattr`.
 *
 * @throws TestDataError `DATA_TOOL_MISSING` where `getfattr` is not installed
 */
export async function readAttributes(root: string): Promise<AttributesByPath> {
  const args = ['-R', '-P', '-h', '-d', '-m', '^user\\.', '-e', 'base64', '--absolute-names', '--', root]
  return parseAttributes(await runTool('getfattr', args))
}

/**
 * Sets attributes by one run of `setfattr`. Paths are absolute, values base64.
 *
 * @throws TestDataError `DATA_TOOL_MISSING`
 */
export async function writeAttributes(attributes: AttributesByPath): Promise<void> {
  if (attributes.size === 0) return
  let text = ''
  for (const [path, values] of attributes) {
    text += `# file: ${escapeOctal(path)}\n`
    for (const [name, value] of Object.entries(values)) text += `${escapeOctal(name)}=0s${value}\n`
    text += '\n'
  }
  await runTool('setfattr', ['-h', '--restore=-'], text)
}

function parseAttributes(output: string): AttributesByPath {
  const found = new Map<string, Record<string, string>>()
  let current: Record<string, string> = {}
  for (const line of output.split('\n')) {
    if (line.startsWith('# file: ')) {
      current = {}
      found.set(unescapeOctal(line.slice('# file: '.length)), current)
    }
    const [, name, value] = /^(user\.[^=]+)=0s(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) {
      current[Buffer.from(unescapeOctal(name), 'latin1').toString()] = value
    }
  }
  return found
}

// The tools print what is not plain ASCII as a backslash and three octal digits for each byte.
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

function escapeOctal(text: string): string {
  return text.replace(
    /[^!-<>-[\]-~]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`
  )
}

function runTool(tool: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { encoding: 'latin1', maxBuffer: 1024 ** 3 } as const
    const child = execFile(tool, args, options, (error, stdout) => {
      if (error === null) resolve(stdout)
      else if (error.code === ('ENOENT' as never)) reject(missing(tool, error))
      else reject(error)
    })
    child.stdin?.on('error', () => {}) // a tool that needs no input may be gone before
    child.stdin?.end(Buffer.from(input, 'latin1'))
  })
}

function missing(tool: string, cause: unknown): TestDataError {
  const message = `${tool} is needed for extended attributes; install the package "attr"`
  return new TestDataError('DATA_TOOL_MISSING', message, { cause, context: { tool } })
}

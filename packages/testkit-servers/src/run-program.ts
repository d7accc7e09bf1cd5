import { execFile } from 'node:child_process'

/** Runs a program to its end; resolves with what it printed. */
export function runProgram(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...args], (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else
        reject(new Error(`${program} ${args[0] ?? ''} failed: ${stderr || error.message}`, { cause: error }))
    })
    child.stdin?.on('error', () => {}) // it may end without reading
    child.stdin?.end(input)
  })
}

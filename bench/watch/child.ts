/** For the processes that the oracle starts: they say lines of JSON, and hold their event loop when they are told so. */

export type ChildLine =
  | {
      readonly type: 'version'
      readonly coverage: string
      readonly failure?: string | undefined
      readonly outcome?: string | undefined
    }
  | { readonly type: 'issue'; readonly code: string }
  | { readonly type: 'blocked' | 'ready' }
  | { readonly type: 'missed'; readonly paths: readonly string[] }

export function say(line: ChildLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** `block MILLISECONDS` on the standard input. */
export function obeyBlocks(obeyOthers: (command: string, value: string) => void = () => {}): void {
  process.stdin.on('data', (bytes: Buffer) => {
    for (const line of bytes.toString().trim().split('\n')) {
      const [command = '', value = ''] = line.split(' ')
      if (command === 'block') {
        say({ type: 'blocked' })
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(value))
      } else obeyOthers(command, value)
    }
  })
}

import type { ReadStream, WriteStream } from 'node:tty'

const ENTER = ['\r', '\n', '\u0004']
const INTERRUPT = '\u0003'
const BACKSPACES = ['\u007f', '\b']

/** Reads one line from a terminal without showing it. Ctrl-C rejects with an `AbortError`. */
export async function askSecret(
  question: string,
  input: Pick<ReadStream, 'setRawMode' | 'setEncoding' | 'on' | 'off' | 'resume' | 'pause'>,
  output: Pick<WriteStream, 'write'>
): Promise<string> {
  // Before the question: who answers it at once must not see what is typed.
  input.setRawMode(true)
  output.write(question)
  input.setEncoding('utf8')
  input.resume()
  try {
    return await readLine(input)
  } finally {
    input.setRawMode(false)
    input.pause()
    output.write('\n')
  }
}

function readLine(input: Pick<ReadStream, 'on' | 'off'>): Promise<string> {
  return new Promise((resolve, reject) => {
    let line: string[] = []
    const onData = (text: string): void => {
      for (const character of text) {
        if (character === INTERRUPT || ENTER.includes(character)) {
          input.off('data', onData)
          if (character === INTERRUPT) reject(new DOMException('Interrupted at the prompt', 'AbortError'))
          else resolve(line.join(''))
          return
        }
        if (BACKSPACES.includes(character)) line = line.slice(0, -1)
        else line.push(character)
      }
    }
    input.on('data', onData)
  })
}

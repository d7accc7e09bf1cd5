import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { S3BackendOptions } from '../../src/index.ts'

/** A request as the scripted store has received it. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface ScriptedStore extends AsyncDisposable {
  readonly options: S3BackendOptions
  readonly seen: readonly SeenRequest[]
}

/** Answers as documented by stores that cannot be run here. */
export async function createScriptedStore(
  answer: (request: SeenRequest, response: ServerResponse) => void,
  more: Partial<S3BackendOptions> = {}
): Promise<ScriptedStore> {
  const seen: SeenRequest[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    const known = { method, url, headers, body: Buffer.concat(chunks) }
    seen.push(known)
    answer(known, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    seen,
    options: {
      bucket: 'bucket-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
      ...more
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

/** An error as S3 tells it. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
  more = ''
): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers })
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message>${more}</Error>`)
}

import { join } from 'node:path'
import { createServerFolder } from './server-folder.ts'
import { type RunningServer, startServer } from './start-server.ts'

export interface SwiftServer extends RunningServer {
  readonly port: number
  /** Where one logs in, by the service's own way. */
  readonly authUrl: string
  readonly username: string
  readonly password: string
}

/** The programs that it takes; the Python modules come with them. */
export const SWIFT_PROGRAMS = ['swift-proxy-server', 'swift-object-server', 'swift-container-server'] as const

/** OpenStack Swift: proxy, accounts, containers and objects. */
export async function startSwift(): Promise<SwiftServer> {
  const folder = await createServerFolder('swift')
  const server = await startServer({
    name: 'swift',
    folder,
    command: ['/usr/bin/python3', join(import.meta.dirname, 'swift-server.py'), folder],
    ready: { output: /^READY http:\/\/127\.0\.0\.1:(\d+)$/m }
  })
  const port = Number(server.match?.[1])
  return {
    ...server,
    port,
    authUrl: `http://127.0.0.1:${port}/auth/v1.0`,
    username: 'test:tester',
    password: 'testing'
  }
}

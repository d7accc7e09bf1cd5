import { describeWith, SWIFT_PROGRAMS, type SwiftServer, startSwift } from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { createSwiftContainer, type SwiftBackendOptions } from '../../src/index.ts'

let containers = 0

/** A service for the tests of one file, and containers of their own for each of them. */
export class TestSwift {
  #server: SwiftServer | undefined

  get server(): SwiftServer {
    if (this.#server === undefined) throw new Error('The service has not been started')
    return this.#server
  }

  async start(): Promise<void> {
    this.#server = await startSwift()
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
  }

  /** Options for a container that is not there yet. */
  options(more: Partial<SwiftBackendOptions> = {}): SwiftBackendOptions {
    const { authUrl, username, password } = this.server
    const container = `container ${++containers}`
    return { container, authUrl, authVersion: 'v1', username, password, ...more }
  }

  /** Options for a container that was made for them. */
  async container(more: Partial<SwiftBackendOptions> = {}): Promise<SwiftBackendOptions> {
    const options = this.options(more)
    await createSwiftContainer(options)
    return options
  }
}

/** A suite that runs against Swift. */
export function describeSwift(title: string, body: (swift: TestSwift) => void): void {
  describeWith(SWIFT_PROGRAMS, title, () => {
    const swift = new TestSwift()
    beforeAll(() => swift.start())
    afterAll(() => swift.stop())
    body(swift)
  })
}

import { type AzuriteServer, startAzurite } from '@tercet/testkit-servers'
import { afterAll, beforeAll, describe } from 'vitest'
import { type AzureBackendOptions, createAzureContainer } from '../../src/index.ts'

let containers = 0

/** A server for the tests of one file, and containers of their own for each of them. */
export class TestAzurite {
  #server: AzuriteServer | undefined

  get server(): AzuriteServer {
    if (this.#server === undefined) throw new Error('The server has not been started')
    return this.#server
  }

  async start(tls: boolean): Promise<void> {
    this.#server = await startAzurite({ tls })
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
  }

  /** Options for a container that is not there yet. */
  options(more: Partial<AzureBackendOptions> = {}): AzureBackendOptions {
    const { endpoint, account, accountKey } = this.server
    return { container: `container-${++containers}`, endpoint, account, accountKey, ...more }
  }

  /** Options for a container that was made for them. */
  async container(more: Partial<AzureBackendOptions> = {}): Promise<AzureBackendOptions> {
    const options = this.options(more)
    await createAzureContainer(options)
    return options
  }
}

/** A suite that runs against azurite. */
export function describeAzurite(title: string, body: (azurite: TestAzurite) => void, tls = false): void {
  describe(title, () => {
    const azurite = new TestAzurite()
    beforeAll(() => azurite.start(tls))
    afterAll(() => azurite.stop())
    body(azurite)
  })
}

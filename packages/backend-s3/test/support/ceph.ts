import { CEPH_PROGRAMS, type CephServer, describeWith, startCeph } from '@tercet/testkit-servers'
import { afterAll, beforeAll } from 'vitest'
import { createS3Bucket, type S3BackendOptions } from '../../src/index.ts'

let buckets = 0

/** A gateway for the tests of one file, and buckets of their own for each of them. */
export class TestCeph {
  #server: CephServer | undefined

  get server(): CephServer {
    if (this.#server === undefined) throw new Error('The gateway has not been started')
    return this.#server
  }

  async start(): Promise<void> {
    this.#server = await startCeph()
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
  }

  /** Options for a bucket that is not there yet. */
  options(more: Partial<S3BackendOptions> = {}): S3BackendOptions {
    const { endpoint, accessKeyId, secretAccessKey } = this.server
    return { bucket: `bucket-${++buckets}`, endpoint, credentials: { accessKeyId, secretAccessKey }, ...more }
  }

  /** Options for a bucket that was made for them. */
  async bucket(more: Partial<S3BackendOptions> = {}): Promise<S3BackendOptions> {
    const options = this.options(more)
    await createS3Bucket(options)
    return options
  }
}

/** A suite that runs against Ceph's gateway. */
export function describeCeph(title: string, body: (ceph: TestCeph) => void): void {
  describeWith(CEPH_PROGRAMS, title, () => {
    const ceph = new TestCeph()
    beforeAll(() => ceph.start())
    afterAll(() => ceph.stop())
    body(ceph)
  })
}

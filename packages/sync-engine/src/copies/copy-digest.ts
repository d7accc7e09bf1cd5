import { createDigest, type Digest, toHex } from '../digests.ts'
import type { Endpoint } from '../endpoint/endpoint.ts'

/** True when a place tells that digest of what it holds. */
export function givesDigest(place: Endpoint, algorithm: Digest): boolean {
  return (place.backend.capabilities.checksums as readonly string[]).includes(algorithm)
}

/** Hexadecimal, as the place tells it. */
export async function askedDigest(
  place: Endpoint,
  path: string,
  algorithm: Exclude<Digest, 'SHA384'>,
  signal: AbortSignal | undefined
): Promise<string> {
  return await place.run('other', { method: 'checksum', signal }, async () =>
    toHex(await place.backend.checksum(path, algorithm, { signal }))
  )
}

/** Hexadecimal, of the bytes that the place gives. */
export async function readDigest(
  place: Endpoint,
  path: string,
  algorithm: Digest,
  signal: AbortSignal | undefined
): Promise<string> {
  return await place.run('download', { method: 'get', signal }, async () => {
    const digest = createDigest(algorithm)
    for await (const chunk of place.backend.get(path, { signal })) digest.update(chunk)
    return digest.digest('hex')
  })
}

import { httpRequest, readText } from '@tercet/backend-kit'
import type { SwiftSession } from './swift-session.ts'

/** What a service says of itself. */
export interface ServiceInfo {
  /** Objects that one request may delete. */
  readonly maxDeletes: number
  readonly maxFileSizeBytes: number
}

const GiB = 1024 ** 3
const UNKNOWN: ServiceInfo = { maxDeletes: 1, maxFileSizeBytes: 5 * GiB }

/** Logs in, and asks the service what it can do; one that does not tell can do what all of them can. */
export async function readServiceInfo(
  session: SwiftSession,
  signal: AbortSignal | undefined
): Promise<ServiceInfo> {
  const { storageUrl } = await session.access(signal)
  try {
    const url = new URL('/info', storageUrl)
    const answer = await httpRequest(session.agents, { method: 'GET', url, signal })
    const text = await readText(answer, 1024 * 1024)
    return answer.statusCode === 200 ? read(JSON.parse(text)) : UNKNOWN
  } catch {
    signal?.throwIfAborted()
    return UNKNOWN
  }
}

function read(info: {
  readonly bulk_delete?: { readonly max_deletes_per_request?: unknown }
  readonly swift?: { readonly max_file_size?: unknown }
}): ServiceInfo {
  return {
    maxDeletes: Math.min(1000, countOf(info.bulk_delete?.max_deletes_per_request) ?? UNKNOWN.maxDeletes),
    maxFileSizeBytes: countOf(info.swift?.max_file_size) ?? UNKNOWN.maxFileSizeBytes
  }
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined
}

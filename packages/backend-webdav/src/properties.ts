import { parseXML } from 'webdav'

/** What the server tells of a file or folder. */
export interface Properties {
  /** A path or URL, percent-encoded. */
  readonly href: string
  readonly isFolder: boolean
  readonly sizeBytes: number | undefined
  readonly modifiedAt: Date | undefined
  readonly usedBytes: number | undefined
  readonly freeBytes: number | undefined
}

const NAMES = ['resourcetype', 'getcontentlength', 'getlastmodified']
const QUOTA_NAMES = ['quota-available-bytes', 'quota-used-bytes']

/** The body of a PROPFIND (RFC 4918, section 9.1; quota: RFC 4331). */
export function propertiesQuery(withQuota = false): string {
  const names = [...NAMES, ...(withQuota ? QUOTA_NAMES : [])].map((name) => `<${name}/>`).join('')
  return `<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>${names}</prop></propfind>`
}

/** @throws Error when it is no answer to a PROPFIND */
export async function parseProperties(xml: string): Promise<Properties[]> {
  const { multistatus } = await parseXML(xml)
  const responses = multistatus.response as unknown as readonly Record<string, unknown>[]
  return responses.flatMap((response) => {
    const props = (response['propstat'] as { prop?: Record<string, unknown> } | undefined)?.prop
    if (response['href'] === undefined || props === undefined || typeof props !== 'object') return []
    const resourceType = props['resourcetype']
    const modified = Date.parse(String(props['getlastmodified']))
    return {
      href: String(response['href']),
      isFolder: typeof resourceType === 'object' && resourceType !== null && 'collection' in resourceType,
      sizeBytes: byteCount(props['getcontentlength']),
      modifiedAt: Number.isNaN(modified) ? undefined : new Date(modified),
      usedBytes: byteCount(props['quota-used-bytes']),
      freeBytes: byteCount(props['quota-available-bytes'])
    }
  })
}

/** Some servers tell unknown sizes by negative numbers. */
function byteCount(value: unknown): number | undefined {
  const text = String(value)
  return /^\d+$/.test(text) ? Number(text) : undefined
}

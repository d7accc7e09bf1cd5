/** A page of a listing. */
export interface BlobPage {
  readonly blobs: readonly ListedBlob[]
  /** Where the next page begins. */
  readonly next: string | undefined
}

export interface ListedBlob {
  readonly name: string
  readonly contentLength: number | undefined
  readonly lastModified: Date | undefined
  readonly etag: string | undefined
  readonly accessTier: string | undefined
}

/** Reads the XML of Azure's `List Blobs`; undefined when it is something else. Folders are left out. */
export function readBlobPage(xml: string): BlobPage | undefined {
  if (!/^[^<]*(?:<\?[^>]*>\s*)?<EnumerationResults[\s>]/.test(xml) || !xml.includes('</EnumerationResults>'))
    return undefined
  const blobs: ListedBlob[] = []
  for (const [, blob = ''] of xml.matchAll(/<Blob>(.*?)<\/Blob>/gs)) {
    const name = nameOf(blob)
    if (name === undefined) return undefined
    const size = textOf(blob, 'Content-Length')
    const time = Date.parse(textOf(blob, 'Last-Modified') ?? '')
    blobs.push({
      name,
      contentLength: size === undefined ? undefined : Number(size),
      lastModified: Number.isNaN(time) ? undefined : new Date(time),
      etag: textOf(blob, 'Etag'),
      accessTier: textOf(blob, 'AccessTier')
    })
  }
  return { blobs, next: textOf(xml.slice(xml.lastIndexOf('<NextMarker>')), 'NextMarker') || undefined }
}

/** Characters that XML cannot have are told in percent encoding. */
function nameOf(blob: string): string | undefined {
  const [, isEncoded, name] = /<Name( Encoded="true")?>([^<]*)<\/Name>/.exec(blob) ?? []
  if (name === undefined) return undefined
  if (isEncoded === undefined) return unescaped(name)
  try {
    return decodeURIComponent(unescaped(name))
  } catch {
    return undefined
  }
}

function textOf(xml: string, name: string): string | undefined {
  const start = xml.indexOf(`<${name}>`)
  if (start < 0) return undefined
  const from = start + name.length + 2
  const end = xml.indexOf('<', from)
  return end < 0 ? undefined : unescaped(xml.slice(from, end))
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] as string) : whole
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
}

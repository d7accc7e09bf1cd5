/** No server lists more; a listing beyond it is no listing. */
const MAX_LISTING_BYTES = 64 * 1024 * 1024

/**
 * Names of the files directly below `base` out of what a server says about that folder: a page of links as Apache and
 * nginx make it, the answer to PROPFIND, or JSON (names, or objects with a `name`, as nginx and Caddy write them).
 */
export function namesInListing(text: string, base: URL): string[] {
  if (text.length > MAX_LISTING_BYTES) throw new RangeError('The listing of the folder is too long')
  const first = /\S/.exec(text)?.[0]
  const links = first === '[' || first === '{' ? namesInJson(text) : linksIn(text)
  const names = new Set<string>()
  for (const link of links) {
    const name = nameBelow(link, base)
    if (name !== undefined) names.add(name)
  }
  return [...names]
}

/** Names become links, so that both go the same way. */
function namesInJson(text: string): string[] {
  const value = parsed(text)
  if (!Array.isArray(value))
    throw new SyntaxError('The listing of the folder looks like JSON, but is no array')
  const names = value.map((item: unknown) =>
    typeof item === 'string' ? item : ((item as { name?: unknown } | null)?.name ?? '')
  )
  return names
    .filter((name) => typeof name === 'string')
    .map((name) => encodeURIComponent(name.replace(LONE_SURROGATE, '\ufffd')))
}

/** Half of a character: no URL can name it. */
const LONE_SURROGATE = /\p{Surrogate}/gu

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Every `href="…"` and `<href>…</href>`, whatever the name space is called. One pass, without regard to the rest. */
function* linksIn(text: string): Generator<string> {
  for (let at = text.indexOf('href'); at >= 0; at = text.indexOf('href', at + 4)) {
    const sign = text[at + 4]
    const quote = text[at + 5]
    if (sign === '=' && (quote === '"' || quote === "'")) {
      const end = text.indexOf(quote, at + 6)
      if (end < 0) return
      yield decodeEntities(text.slice(at + 6, end))
    } else if (sign === '>') {
      const end = text.indexOf('<', at + 5)
      if (end < 0) return
      yield decodeEntities(text.slice(at + 5, end).trim())
    }
  }
}

/** Of a file directly in the folder; everything else, such as links to sort the listing, leads elsewhere. */
function nameBelow(link: string, base: URL): string | undefined {
  if (link.startsWith('?')) return undefined
  try {
    const url = new URL(link, base)
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) return undefined
    const name = decodeURIComponent(url.pathname.slice(base.pathname.length))
    return name === '' || /[/\\\0]/.test(name) ? undefined : name
  } catch {
    return undefined
  }
}

const ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['#39', "'"],
  ['#34', '"']
])

function decodeEntities(text: string): string {
  return text.replace(/&(#?\w{1,8});/g, (whole, name: string) => ENTITIES.get(name) ?? whole)
}

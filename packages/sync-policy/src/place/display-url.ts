const URL_PARTS = /^([a-z][a-z0-9+.-]+:)\/\/([^/?]*)([^?]*)/is
const PLAIN_AUTHORITY = /^(?:\[[0-9a-f:.]+\]|[^:@[\]]*)(?::\d*)?$/i

/** A URL for people: no user, no password, no options. Where it cannot be told what is what, only the scheme is left. */
export function displayUrl(url: string): string {
  const text = url.trim()
  if (/^file:/i.test(text)) return text
  const parts = URL_PARTS.exec(text)
  if (parts === null) return /^[a-z][a-z0-9+.-]+:/i.test(text) ? hidden(text) : text
  const [, scheme, authority = '', path = ''] = parts
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  // A password with a slash in it must not be taken for a port and a path.
  const isDoubtful = host === authority && host.includes(':') && path.includes('@')
  if (!PLAIN_AUTHORITY.test(host) || isDoubtful) return hidden(text)
  return `${scheme}//${host}${path}`
}

function hidden(text: string): string {
  return `${text.slice(0, text.indexOf(':') + 1)}[hidden]`
}

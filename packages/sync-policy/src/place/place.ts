/** What tells one place of storage from another: no credentials, no options that say only how it is used. */
export interface Place {
  /** In lower case; names that mean the same are one. */
  readonly scheme: string
  readonly user: string
  /** Host and port as a rule, or the first part of what follows `//`. */
  readonly authority: string
  /** Options of the URL that name a server or an account, such as `s3-server-name`. */
  readonly server: string
  readonly segments: readonly string[]
  /** A relative path, from nobody knows where. */
  readonly isRelative: boolean
}

export interface PlaceOptions {
  /** Where relative paths begin. */
  readonly workingFolder?: string | undefined
  /** Options of the backend that are not in the URL. */
  readonly backendOptions?: Readonly<Record<string, string>> | undefined
  /** Where a path of this machine really leads: two names may lead to one folder. @defaultValue names are taken as they are */
  readonly realPath?: ((path: string) => string) | undefined
}

const SCHEME = /^([a-z][a-z0-9+.-]+):/i
const DRIVE = /^([a-z]):(?:[\\/]|$)/i
const SYNONYMS: Readonly<Record<string, string>> = {
  ssh: 'sftp',
  aftp: 'ftp',
  cifs: 'smb',
  onedrivev2: 'onedrive'
}
const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  ftp: '21',
  ftps: '990',
  sftp: '22',
  http: '80',
  https: '443',
  webdav: '80',
  webdavs: '443'
}
/** Options without which the URL names no place: the same bucket on two servers is two places. */
const SERVER_OPTIONS = new Set([
  's3-server-name',
  's3-endpoint',
  'endpoint',
  'azure-endpoint',
  'openstack-authuri',
  'openstack-tenant-name',
  'openstack-region',
  'site-id',
  'group-id',
  'group-email'
])

/** The place that a URL or a plain path names; undefined for a blank one. */
export function placeOf(url: string, options: PlaceOptions = {}): Place | undefined {
  const text = url.trim()
  if (text === '') return undefined
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase() ?? 'file'
  return scheme === 'file' ? filePlace(text, options) : remotePlace(text, scheme, options)
}

/** What follows `file://` is a path character by character, as the file backend reads it. */
function filePlace(text: string, { workingFolder, realPath }: PlaceOptions): Place {
  const rest = /^file:/i.test(text) ? text.slice(5).replace(/^\/\//, '') : text
  const path = rest.replace(/^[\\/]+(?=[a-z]:([\\/]|$))/i, '')
  const drive = DRIVE.exec(path)?.[1]
  const isWindows = drive !== undefined || path.startsWith('\\\\')
  const isRelative = !isWindows && !path.startsWith('/') && workingFolder === undefined
  const full = isWindows || path.startsWith('/') ? path : `${workingFolder ?? ''}/${path}`
  // Windows does not tell upper from lower case.
  const segments = segmentsOf(isWindows ? full.replaceAll('\\', '/').toLowerCase() : full)
  if (realPath !== undefined && !isRelative)
    return filePlace(realPath(isWindows ? path : `/${segments.join('/')}`), {})
  return { scheme: 'file', user: '', authority: isWindows ? 'windows' : '', server: '', segments, isRelative }
}

function remotePlace(text: string, written: string, { backendOptions = {} }: PlaceOptions): Place {
  const scheme = SYNONYMS[written] ?? written
  const [beforeQuery, query = ''] = splitOnce(text.slice(written.length + 1), '?')
  const [authorityText, path = ''] = beforeQuery.startsWith('//')
    ? splitOnce(beforeQuery.slice(2), '/')
    : ['', beforeQuery]
  const at = authorityText.lastIndexOf('@')
  const host = authorityText.slice(at + 1).toLowerCase()
  const port = DEFAULT_PORTS[scheme]
  return {
    scheme,
    user: decode(splitOnce(authorityText.slice(0, Math.max(0, at)), ':')[0]),
    authority: port !== undefined && host.endsWith(`:${port}`) ? host.slice(0, -port.length - 1) : host,
    server: serverOf(query, backendOptions),
    segments: segmentsOf(path.split('/').map(decode).join('/')),
    isRelative: false
  }
}

function serverOf(query: string, backendOptions: Readonly<Record<string, string>>): string {
  const named = new Map<string, string>()
  for (const [name, value] of [...new URLSearchParams(query), ...Object.entries(backendOptions)])
    if (SERVER_OPTIONS.has(name.toLowerCase())) named.set(name.toLowerCase(), value.toLowerCase())
  return [...named]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function segmentsOf(path: string): string[] {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return segments
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator)
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + separator.length)]
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Decides on the public key that a server shows, in the form of RFC 4253, section 6.6. */
export type HostKeyCheck = (key: Buffer) => boolean

/** `SHA256:…` as `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/**
 * Checks against fingerprints: `SHA256:…` in base64, MD5 in hex with or without colons and with or without `MD5:`, each
 * perhaps behind the type and the length of the key (`ssh-rsa 2048 …`), or a whole public key (`ssh-ed25519 AAAA…`).
 *
 * @throws RangeError when one is none of these
 */
export function checkFingerprints(fingerprints: readonly string[]): HostKeyCheck {
  const checks = fingerprints.map(checkOf)
  return (key) => checks.some((check) => check(key))
}

function checkOf(text: string): HostKeyCheck {
  const words = text.trim().split(/\s+/)
  const whole = words.find((word) => /^AAAA[A-Za-z0-9+/]+=*$/.test(word))
  if (whole !== undefined) return (key) => isSame(key, Buffer.from(whole, 'base64'))
  const last = words.at(-1) ?? ''
  if (/^(SHA256:)?[A-Za-z0-9+/]{43}=?$/.test(last)) {
    const wanted = `SHA256:${last.replace(/^SHA256:/, '').replace(/=$/, '')}`
    return (key) => fingerprintOf(key) === wanted
  }
  const hex = last.replace(/^MD5:/i, '').replaceAll(':', '').toLowerCase()
  if (/^[0-9a-f]{32}$/.test(hex)) return (key) => createHash('md5').update(key).digest('hex') === hex
  throw new RangeError('must be SHA256:…, an MD5 in hex, or a public key')
}

/**
 * Checks against a file of known hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): names in the clear, patterns and hashed ones;
 * keys that were revoked are refused. Certificates of authorities are not understood.
 */
export function checkKnownHosts(text: string, host: string, port: number): HostKeyCheck {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`
  const known: Buffer[] = []
  const revoked: Buffer[] = []
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/)
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined
    const [names = '', , key] = words
    if (key === undefined || names.startsWith('#') || !names.split(',').some((each) => isNamed(each, name)))
      continue
    if (marker === '@revoked') revoked.push(Buffer.from(key, 'base64'))
    else if (marker === undefined) known.push(Buffer.from(key, 'base64'))
  }
  return (key) => known.some((each) => isSame(each, key)) && !revoked.some((each) => isSame(each, key))
}

function isNamed(pattern: string, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|(.+)$/.exec(pattern)
  if (hashed === null) return pattern.toLowerCase() === name
  const [, salt = '', hash = ''] = hashed
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return isSame(actual, Buffer.from(hash, 'base64'))
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}

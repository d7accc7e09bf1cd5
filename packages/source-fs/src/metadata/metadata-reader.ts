import { readlinkSync } from 'node:fs'
import { type AccountCalls, createAccounts, type FileStat, type Native } from '@tercet/native'
import type { EntryType } from '../scan/stat-reader.ts'
import { type SourceIssue, type SourceIssueCode, sourceIssue } from '../source-error.ts'
import { fileAttributes, formatAttributes } from './file-attributes.ts'
import { METADATA_KEYS } from './metadata-keys.ts'
import { formatTicks } from './ticks.ts'
import { createXattrSource, type XattrSource } from './xattr-source.ts'

export interface MetadataReaderOptions {
  readonly native?: Native | undefined
  /** True: nothing but the targets of links is read. @defaultValue false */
  readonly skipMetadata?: boolean | undefined
  /** Metadata of more bytes is stored empty, with an issue. @defaultValue no limit */
  readonly maxBytes?: number | undefined
}

/**
 * Makes the metadata of entries as the format stores it: a byte order mark and a JSON object (volume format, section 7).
 * Once per new or changed entry, so the parts that repeat are kept as text. Not to be shared between threads.
 */
export class MetadataReader {
  readonly #xattrs: XattrSource
  readonly #accounts: AccountCalls
  readonly #skip: boolean
  readonly #maxBytes: number
  readonly #owners = new Map<string, string>()
  readonly #attributes = new Map<number, string>()
  #lastOwner = ''
  #lastOwnerStat: FileStat | undefined
  #buffer = Buffer.alloc(4096)
  #issues: SourceIssue[] = []

  constructor(options: MetadataReaderOptions = {}) {
    this.#xattrs = createXattrSource(options.native)
    this.#accounts = createAccounts({ calls: options.native?.posix?.accounts })
    this.#skip = options.skipMetadata ?? false
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY
    this.#buffer.set(BYTE_ORDER_MARK)
  }

  /** The issues since the last call. */
  takeIssues(): readonly SourceIssue[] {
    if (this.#issues.length === 0) return NONE
    const issues = this.#issues
    this.#issues = []
    return issues
  }

  /** Says which paths come next. Only without native calls does it do anything: one run of a program for all of them. */
  prefetch(paths: readonly string[]): void {
    if (!this.#skip) this.#xattrs.prefetch(paths.map(withoutSeparator))
  }

  /**
   * The metadata of an entry as bytes that stay as they are until the next call.
   *
   * @param path full path; a trailing separator does no harm
   * @param name last part of the path, with a trailing separator for folders and for links to folders
   * @param stat as it was when the entry was read
   * @param fd the file, where it is open: cheaper, and certain to be the file that was read
   * @throws as `node:fs` does when the target of a link cannot be read; all else is an issue
   */
  encode(path: string, name: string, type: EntryType, stat: FileStat, fd?: number): Uint8Array {
    const plain = withoutSeparator(path)
    const target = type === 'symlink' ? this.#target(plain) : ''
    if (this.#skip) return this.#write(`{${target.slice(1)}}`)
    const { values, empty } = this.#xattrText(plain, fd)
    const whole = this.#write(
      `{${values}${this.#owner(stat)}${this.#attributeText(name, type, stat)}${times(stat)}${extras(type, stat)}${empty}${target}}`
    )
    if (whole.length <= this.#maxBytes) return whole
    this.#report(
      'SOURCE_METADATA_TOO_LARGE',
      plain,
      `has metadata of ${whole.length} bytes, more than a version can hold`
    )
    return this.#write(`{${target.slice(1)}}`)
  }

  #write(text: string): Uint8Array {
    const most = BYTE_ORDER_MARK.length + text.length * 3
    if (this.#buffer.length < most) {
      this.#buffer = Buffer.alloc(most * 2)
      this.#buffer.set(BYTE_ORDER_MARK)
    }
    const written = this.#buffer.write(text, BYTE_ORDER_MARK.length)
    return this.#buffer.subarray(0, BYTE_ORDER_MARK.length + written)
  }

  /** The format leaves out attributes without a value, so these have keys of our own. */
  #xattrText(path: string, fd: number | undefined): { readonly values: string; readonly empty: string } {
    let values = ''
    let empty = ''
    try {
      for (const [name, value] of this.#xattrs.read(path, fd)) {
        if (value.length === 0) {
          empty += `,${JSON.stringify(METADATA_KEYS.emptyXattrPrefix + name)}:""`
          continue
        }
        const base64 = Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
        values += `${JSON.stringify(METADATA_KEYS.xattrPrefix + name)}:"${base64}",`
      }
    } catch (error) {
      const { message } = sourceIssue(path, error, 'none')
      this.#report('SOURCE_XATTRS_UNREADABLE', path, `is stored without its extended attributes (${message})`)
    }
    return values === '' && empty === '' ? NO_XATTRS : { values, empty }
  }

  #owner(stat: FileStat): string {
    const last = this.#lastOwnerStat
    if (last === undefined || last.uid !== stat.uid || last.gid !== stat.gid || last.mode !== stat.mode) {
      this.#lastOwnerStat = stat
      this.#lastOwner = this.#ownerText(stat.uid, stat.gid, stat.mode & 0o777)
    }
    return this.#lastOwner
  }

  #ownerText(uid: number, gid: number, permissions: number): string {
    const ids = `${uid}-${gid}-${permissions}`
    let text = this.#owners.get(ids)
    if (text === undefined) {
      const user = this.#accounts.userName(uid)
      const group = this.#accounts.groupName(gid)
      text = `"${METADATA_KEYS.owner}":"${ids}"`
      if (user !== undefined) text += `,"${METADATA_KEYS.userName}":${JSON.stringify(user)}`
      if (group !== undefined) text += `,"${METADATA_KEYS.groupName}":${JSON.stringify(group)}`
      this.#owners.set(ids, text)
    }
    return text
  }

  #attributeText(name: string, type: EntryType, stat: FileStat): string {
    const attributes = fileAttributes(name, type, stat)
    let text = this.#attributes.get(attributes)
    if (text === undefined) {
      text = `,"${METADATA_KEYS.attributes}":"${formatAttributes(attributes)}"`
      this.#attributes.set(attributes, text)
    }
    return text
  }

  /** Always the last key. A target that is not UTF-8 is also stored byte by byte under a key of our own. */
  #target(path: string): string {
    const raw = readlinkSync(path, { encoding: 'buffer' })
    const target = raw.toString()
    const text = `,"${METADATA_KEYS.linkTarget}":${JSON.stringify(target)}`
    if (Buffer.from(target).equals(raw)) return text
    this.#report(
      'SOURCE_LINK_TARGET_NOT_UTF8',
      path,
      'leads to a name that is not UTF-8, which other programs restore wrongly'
    )
    return `,"${METADATA_KEYS.rawLinkTarget}":"${raw.toString('base64')}"${text}`
  }

  #report(code: SourceIssueCode, path: string, problem: string): void {
    this.#issues.push({ code, severity: 'warning', message: `${path} ${problem}`, path, carryOver: 'none' })
  }
}

const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf)
const NONE: readonly SourceIssue[] = Object.freeze([])
const NO_XATTRS = Object.freeze({ values: '', empty: '' })
const SLASH = 47

function withoutSeparator(path: string): string {
  return path.length > 1 && path.charCodeAt(path.length - 1) === SLASH ? path.slice(0, -1) : path
}

/**
 * The creation time is the earlier of modification and change time and never the birth time, because a restore by
 * Duplicati sets it last, and on Unix that overwrites the modification time.
 */
function times(stat: FileStat): string {
  const modified = formatTicks(stat.mtimeSeconds, stat.mtimeNanoseconds)
  const isChangedBefore =
    stat.ctimeSeconds < stat.mtimeSeconds ||
    (stat.ctimeSeconds === stat.mtimeSeconds && stat.ctimeNanoseconds < stat.mtimeNanoseconds)
  const created = isChangedBefore ? formatTicks(stat.ctimeSeconds, stat.ctimeNanoseconds) : modified
  return `,"${METADATA_KEYS.modified}":"${modified}","${METADATA_KEYS.created}":"${created}"`
}

/** What the format has no place for, under keys of our own, where there is something. */
function extras(type: EntryType, stat: FileStat): string {
  let text = ''
  if ((stat.mode & 0o7000) !== 0) text += `,"${METADATA_KEYS.mode}":"${stat.mode & 0o7777}"`
  if (type === 'file' && stat.nlink > 1) {
    text += `,"${METADATA_KEYS.hardlink}":"${stat.device}-${inodeText(stat)}"`
  }
  return text
}

function inodeText(stat: FileStat): string {
  if (stat.inodeHigh === 0) return String(stat.inodeLow)
  return String((BigInt(stat.inodeHigh) << 32n) | BigInt(stat.inodeLow))
}

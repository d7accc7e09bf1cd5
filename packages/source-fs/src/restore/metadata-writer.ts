import fs from 'node:fs'
import {
  type AccountCalls,
  createAccounts,
  type FileStat,
  type Native,
  type XattrCalls
} from '@tercet/native'
import { restoreXattrs, type XattrsByPath } from '../metadata/fattr-dump.ts'
import { READ_ONLY } from '../metadata/file-attributes.ts'
import type { Metadata } from '../metadata/interpret-metadata.ts'
import type { RestoreIssue, RestoreIssueCode } from '../source-error.ts'
import type { FolderHandle } from './folder-handle.ts'
import { fullPath, type Place } from './target-folders.ts'

/** Gives restored entries their metadata. What the system refuses becomes an issue; nothing is thrown. */
export class MetadataWriter {
  readonly #permissions: boolean
  readonly #xattrs: XattrCalls | undefined
  readonly #accounts: AccountCalls
  readonly #report: (issue: RestoreIssue) => void
  #pending: XattrsByPath = new Map()

  /** @param permissions whether owner and mode are restored */
  constructor(permissions: boolean, native: Native | undefined, report: (issue: RestoreIssue) => void) {
    this.#permissions = permissions
    this.#xattrs = native?.posix?.xattrs
    this.#accounts = createAccounts({ calls: native?.posix?.accounts })
    this.#report = report
  }

  /**
   * Of an open file or folder. The order matters: a change of owner takes set-uid away, a read-only file takes no
   * attributes any more, and the time comes last because the rest may change it.
   */
  writeToFd(folder: FolderHandle, path: string, fd: number, stat: FileStat, metadata: Metadata): void {
    const owner = this.#permissions
      ? this.#chown(path, stat, metadata, (uid, gid) => fs.fchownSync(fd, uid, gid))
      : 'same'
    this.#setXattrs(path, fd, metadata)
    const mode = this.#modeFor(stat, metadata, owner !== 'failed')
    const isSet = mode === (stat.mode & 0o7777) && !(owner === 'changed' && (mode & 0o6000) !== 0)
    if (mode !== undefined && !isSet) {
      this.#attempt('RESTORE_MODE_NOT_SET', path, () => fs.fchmodSync(fd, mode))
    }
    const { modified } = metadata
    if (modified === undefined) return
    this.#attempt('RESTORE_TIME_NOT_SET', path, () =>
      folder.setFileTime(fd, modified.seconds, modified.nanoseconds)
    )
  }

  /** Of a symbolic link itself; a link has no mode. */
  writeToLink(place: Place, stat: FileStat, metadata: Metadata): void {
    const { folder, name } = place
    const path = fullPath(place)
    if (this.#permissions) this.#chown(path, stat, metadata, (uid, gid) => folder.lchown(name, uid, gid))
    this.#setXattrs(path, folder.pathOf(name), metadata)
    const { modified } = metadata
    if (modified === undefined) return
    this.#attempt('RESTORE_TIME_NOT_SET', path, () =>
      folder.setTime(name, modified.seconds, modified.nanoseconds)
    )
  }

  /** Without native calls, extended attributes are kept back until this is called: one run of a program for all. */
  flush(): void {
    const pending = this.#pending
    this.#pending = new Map()
    if (restoreXattrs(pending)) return
    for (const path of pending.keys()) {
      this.#notSet(
        'RESTORE_XATTR_NOT_SET',
        path,
        'setfattr is missing or could not set all attributes of this batch'
      )
    }
  }

  /** By name first, as accounts may have other numbers here. */
  #chown(
    path: string,
    stat: FileStat,
    metadata: Metadata,
    chown: (uid: number, gid: number) => void
  ): 'same' | 'changed' | 'failed' {
    const { userName, groupName } = metadata
    const uid =
      (userName === undefined ? undefined : this.#accounts.userId(userName)) ?? metadata.uid ?? stat.uid
    const gid =
      (groupName === undefined ? undefined : this.#accounts.groupId(groupName)) ?? metadata.gid ?? stat.gid
    if (uid === stat.uid && gid === stat.gid) return 'same'
    return this.#attempt('RESTORE_OWNER_NOT_SET', path, () => chown(uid, gid)) ? 'changed' : 'failed'
  }

  /** Set-uid and set-gid are not given to a file that did not get its owner. Undefined: the mode stays. */
  #modeFor(stat: FileStat, metadata: Metadata, owned: boolean): number | undefined {
    const { mode, attributes } = metadata
    if (this.#permissions && mode !== undefined) return owned ? mode : mode & 0o1777
    const isReadOnly = ((attributes ?? 0) & READ_ONLY) !== 0 && (mode === undefined || (mode & 0o200) === 0)
    return isReadOnly ? stat.mode & 0o7555 : undefined
  }

  #setXattrs(path: string, file: number | string, metadata: Metadata): void {
    const xattrs = this.#permissions
      ? metadata.xattrs
      : metadata.xattrs.filter(([name]) => !GIVES_PERMISSIONS.test(name))
    if (xattrs.length === 0) return
    if (this.#xattrs === undefined) {
      this.#pending.set(path, xattrs)
      return
    }
    for (const [name, value] of xattrs) {
      this.#attempt('RESTORE_XATTR_NOT_SET', path, () => this.#xattrs!.set(file, name, value), name)
    }
  }

  #attempt(code: RestoreIssueCode, path: string, action: () => void, what?: string): boolean {
    try {
      action()
      return true
    } catch (error) {
      this.#notSet(code, path, `${what === undefined ? '' : `${what}: `}${(error as Error).message}`)
      return false
    }
  }

  #notSet(code: RestoreIssueCode, path: string, reason: string): void {
    this.#report({
      code,
      severity: 'warning',
      message: `${path}: ${WHAT[code]} could not be restored (${reason})`,
      path
    })
  }
}

/** Attributes that hold access control lists or capabilities, and go with owner and mode. */
const GIVES_PERMISSIONS = /^(?:system\.|security\.capability$)/

const WHAT: Readonly<Record<RestoreIssueCode, string>> = {
  RESTORE_OWNER_NOT_SET: 'the owner',
  RESTORE_MODE_NOT_SET: 'the permissions',
  RESTORE_TIME_NOT_SET: 'the modification time',
  RESTORE_XATTR_NOT_SET: 'an extended attribute'
}

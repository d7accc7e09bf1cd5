import { type AccountCalls, bindAccounts } from './account-calls.ts'
import { type AdviceCalls, bindAdvice } from './advice.ts'
import { Binder } from './bind.ts'
import { bindFileEvents, type FileEventCalls } from './file-events.ts'
import { bindFileLock, type FileLockCalls } from './file-lock.ts'
import { bindFileSystemEvents, type FileSystemEventCalls } from './file-system-events.ts'
import { bindFolderCalls, type FolderCalls } from './folder-calls.ts'
import { type Koffi, type KoffiLibrary, openLibrary } from './koffi.ts'
import { bindStat, type StatCalls } from './stat.ts'
import { bindTimes, type TimeCalls } from './times.ts'
import { bindXattrs, type XattrCalls } from './xattrs.ts'

/**
 * System calls of Linux and macOS that Node does not offer, or not exactly. They are synchronous, and fail with errors
 * as Node's `fs` throws them. Names are text or raw bytes.
 */
export interface Posix extends FolderCalls, TimeCalls, FileLockCalls {
  readonly xattrs: XattrCalls
  readonly accounts: AccountCalls
  /** Undefined on macOS and on Linux with an old C library. */
  readonly stat: StatCalls | undefined
  /** Undefined on macOS. */
  readonly advice: AdviceCalls | undefined
  /** Undefined on macOS. */
  readonly fileEvents: FileEventCalls | undefined
  /** Undefined on macOS and on Linux with an old C library. */
  readonly fileSystemEvents: FileSystemEventCalls | undefined
}

/** Undefined on other systems, and on 32-bit ones, whose structures differ. */
export function openPosix(ffi: Koffi): Posix | undefined {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return undefined
  if (!SUPPORTED.has(process.arch)) return undefined
  const library = openLibrary(ffi, [null, ...C_LIBRARIES], 'openat')
  if (library === undefined) return undefined
  try {
    return bindPosix(ffi, library)
  } catch {
    return undefined
  }
}

/** 64-bit and little-endian. */
const SUPPORTED: ReadonlySet<string> = new Set(['x64', 'arm64', 'riscv64', 'loong64'])
/** Where a process does not show its C library: macOS, glibc, musl. */
const C_LIBRARIES =
  process.platform === 'darwin'
    ? ['/usr/lib/libSystem.B.dylib']
    : ['libc.so.6', `libc.musl-${muslArch()}.so.1`]

function muslArch(): string {
  return process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch
}

function bindPosix(ffi: Koffi, library: KoffiLibrary): Posix {
  const binder = new Binder(ffi, library)
  const onLinux = process.platform === 'linux'
  return {
    ...bindFolderCalls(binder),
    ...bindTimes(binder),
    ...bindFileLock(binder),
    xattrs: bindXattrs(binder),
    accounts: bindAccounts(ffi, library),
    stat: onLinux ? optional(() => bindStat(binder)) : undefined,
    advice: onLinux ? optional(() => bindAdvice(binder)) : undefined,
    fileEvents: onLinux ? optional(() => bindFileEvents(binder)) : undefined,
    fileSystemEvents: onLinux ? optional(() => bindFileSystemEvents(binder)) : undefined
  }
}

function optional<Value>(bind: () => Value): Value | undefined {
  try {
    return bind()
  } catch {
    return undefined
  }
}

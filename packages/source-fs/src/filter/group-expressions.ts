import type { Platform } from '../platform.ts'

export type PrimaryGroup =
  | 'SystemFiles'
  | 'OperatingSystem'
  | 'CacheFiles'
  | 'TemporaryFiles'
  | 'Applications'

/** Filter expressions by platform and group; `%NAME%` stands for an environment variable. */
export const GROUP_EXPRESSIONS: Readonly<
  Record<Platform, Readonly<Record<PrimaryGroup, readonly string[]>>>
> = {
  linux: {
    SystemFiles: ['/dev/', '/proc/', '/selinux/', '/sys/'],
    OperatingSystem: ['/bin/', '/boot/', '/etc/', '/initrd/', '/sbin/', '/var/'],
    CacheFiles: [
      '%XDG_CACHE_HOME%/',
      '*/.cache/',
      '*/.config/google-chrome/*/Cookies',
      '*/.config/google-chrome/*/Cookies-journal'
    ],
    TemporaryFiles: ['*/lost+found/', '*~', '/tmp/'],
    Applications: ['/lib/', '/lib64/', '/opt/', '/usr/']
  },
  macos: {
    SystemFiles: [
      '/dev/',
      '/.vol/',
      '/net/',
      '/.fseventsd/',
      '/.hotfiles.btree',
      '*/.fseventsd/',
      '*/.hotfiles.btree',
      '*/.Spotlight-*/',
      '/private/var/run/',
      '/private/var/vm/',
      '/private/var/automount/'
    ],
    OperatingSystem: ['/bin/', '/sbin/', '/System/', '/Volumes/', '/Network/', '*/Library/Logs/'],
    CacheFiles: [
      '*/Library/Caches/',
      '*/Library/Cookies/',
      '*/Library/Mail/*/Envelope Index*',
      '*/Library/Saved Application State/',
      '*/Library/Safari/HistoryIndex.sk',
      '*/Library/Application Support/Google/Chrome/*/Cookies'
    ],
    TemporaryFiles: ['/tmp/', '/private/tmp/', '/var/', '*/.Trash/', '*/.Trashes/', '*/lost+found/'],
    Applications: ['/Applications/', '/Library/', '/usr/', '/opt/']
  },
  windows: {
    SystemFiles: [
      '?:\\pagefile.sys',
      '?:\\hiberfil.sys',
      '?:\\swapfile.sys',
      '?:\\$Recycle.Bin\\',
      '?:\\Recycler\\',
      '?:\\System Volume Information\\',
      '*\\NTUSER.DAT*',
      '*\\UsrClass.dat*',
      '?:\\System.sav',
      '?:\\autoexec.bat'
    ],
    OperatingSystem: [
      '%windir%\\',
      '?:\\Config.Msi\\',
      '*\\Recent\\',
      '*\\AppData\\Roaming\\Microsoft\\Windows\\Recent\\'
    ],
    CacheFiles: [
      '*\\AppData\\Local\\Microsoft\\Windows\\INetCache\\',
      '*\\AppData\\Local\\Microsoft\\Windows\\WebCache*',
      '*\\AppData\\Local\\Microsoft\\Windows\\Explorer\\thumbcache*',
      '*\\AppData\\Local\\Microsoft\\Windows\\Temporary Internet Files\\',
      '*\\AppData\\Local\\Google\\Chrome\\User Data\\*\\Cache\\',
      '*\\AppData\\Local\\Microsoft\\Edge\\User Data\\*\\Cache\\',
      '*\\Thumbs.db'
    ],
    TemporaryFiles: [
      '*.tmp',
      '*.tmp\\',
      '*\\AppData\\Local\\Temp\\',
      '*\\AppData\\LocalLow\\Temp\\',
      '%windir%\\Temp\\'
    ],
    Applications: [
      '%ProgramFiles%\\',
      '%ProgramFiles(x86)%\\',
      '?:\\Program Files\\',
      '?:\\Program Files (x86)\\',
      '*\\Administrative Tools\\'
    ]
  }
}

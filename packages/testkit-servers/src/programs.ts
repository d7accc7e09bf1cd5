import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from 'vitest'

/** Programs that tests need from the system, and the Debian packages that bring them. */
export const PROGRAMS = {
  apache2: 'apache2-bin',
  'ceph-mon': 'ceph-mon',
  'ceph-osd': 'ceph-osd',
  chromium: 'chromium',
  nginx: 'nginx-light libnginx-mod-http-dav-ext',
  openssl: 'openssl',
  proftpd: 'proftpd-core proftpd-mod-crypto',
  radosgw: 'radosgw',
  rclone: 'rclone',
  smbclient: 'smbclient',
  smbd: 'samba',
  'ssh-add': 'openssh-client',
  'ssh-agent': 'openssh-client',
  sshd: 'openssh-server',
  'ssh-keygen': 'openssh-client',
  'swift-container-server': 'swift-account swift-container',
  'swift-object-server': 'swift-object',
  'swift-proxy-server': 'swift-proxy',
  vsftpd: 'vsftpd' // conflicts with proftpd, so it is unpacked instead, see .ci/run
} as const

export type ProgramName = keyof typeof PROGRAMS

/** Where packages are unpacked that cannot be installed beside others. */
export const UNPACKED: string = join(import.meta.dirname, '../../../.cache/unpacked')

/** Where servers are that are not on everybody's path. */
const FURTHER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', join(UNPACKED, 'usr/sbin')]

/** The absolute path of a program; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...FURTHER_FOLDERS]) {
    try {
      const path = join(folder, name)
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not there.
    }
  }
  return undefined
}

/** The absolute path of a program that is known to be installed. */
export function programPath(name: ProgramName): string {
  const path = findProgram(name)
  if (path === undefined) throw new Error(`${name} is not installed (Debian: ${PROGRAMS[name]})`)
  return path
}

/**
 * A suite that needs programs of the system. Where one is missing the suite is skipped, with a line that says so; with
 * `TERCET_FORBID_SKIP=1` it fails.
 */
export function describeWith(programs: readonly ProgramName[], title: string, body: () => void): void {
  const missing = programs.filter((name) => findProgram(name) === undefined)
  if (missing.length === 0) {
    describe(title, body)
    return
  }
  const packages = missing.map((name) => PROGRAMS[name]).join(' ')
  const reason = `${missing.join(', ')} not installed (Debian: apt-get install ${packages})`
  if (process.env['TERCET_FORBID_SKIP']) {
    test(`${title} can be tested`, () => {
      throw new Error(reason)
    })
    return
  }
  console.warn(`skipped: ${title}: ${reason}`)
  describe.skip(title, body)
}

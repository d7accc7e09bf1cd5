import type { SftpChannel } from 'ssh2'
import type { SftpSession } from './sftp-session.ts'

/** What a server can do beyond the protocol. */
export interface SftpExtensions {
  readonly posixRename: boolean
  readonly hardLink: boolean
  readonly fsync: boolean
  readonly statvfs: boolean
  readonly copyData: boolean
}

/** Finds out by requests that do nothing: the client refuses to send those that the server has not announced. */
export async function findExtensions(session: SftpSession): Promise<SftpExtensions> {
  const nowhere = '/nowhere/.tercet-probe'
  const handle = Buffer.from('none')
  const isSent = (send: (sftp: SftpChannel, answer: () => void) => void): Promise<boolean> =>
    session
      .ask((sftp, answer) => send(sftp, () => answer(undefined, undefined)))
      .then(
        () => true,
        (error: unknown) => {
          if (session.isOpen) return false
          throw error
        }
      )
  return {
    posixRename: await isSent((sftp, answer) => sftp.ext_openssh_rename(nowhere, nowhere, answer)),
    hardLink: await isSent((sftp, answer) => sftp.ext_openssh_hardlink(nowhere, nowhere, answer)),
    fsync: await isSent((sftp, answer) => sftp.ext_openssh_fsync(handle, answer)),
    statvfs: await isSent((sftp, answer) => sftp.ext_openssh_statvfs('.', answer)),
    copyData: await isSent((sftp, answer) => sftp.ext_copy_data(handle, 0, 0, handle, 0, answer))
  }
}

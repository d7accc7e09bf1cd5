// Clients are loaded where they are used: what the others keep in memory would be collected with each garbage collection.
import {
  startApache,
  startAzurite,
  startCeph,
  startProftpd,
  startSmbd,
  startSshd,
  startSwift
} from '@tercet/testkit-servers'

/** A place on a server for one backend, and the same for rclone. */
export interface Place {
  /** Plain options of the backend. */
  readonly options: object
  /** Path of another place behind the name of the remote. */
  readonly rclonePath: string
}

/** A server that was started, and how both programs reach it. */
export interface Target extends AsyncDisposable {
  readonly server: string
  /** Where the backend comes from, and what opens it. */
  readonly package: string
  readonly opener: string
  /** The section of rclone's configuration; undefined where rclone cannot reach the server. */
  readonly remote: Readonly<Record<string, string>> | undefined
  place(name: string, configFile: string): Promise<Place>
}

type Start = (rcloneObscure: (password: string) => Promise<string>) => Promise<Target>

async function startS3(): Promise<Target> {
  const ceph = await startCeph()
  const { endpoint, accessKeyId, secretAccessKey } = ceph
  return {
    server: 'S3 (Ceph RGW)',
    package: '@tercet/backend-s3',
    opener: 'createS3Backend',
    remote: {
      type: 's3',
      provider: 'Ceph',
      endpoint,
      access_key_id: accessKeyId,
      secret_access_key: secretAccessKey
    },
    async place(name) {
      const options = { bucket: name, endpoint, credentials: { accessKeyId, secretAccessKey } }
      const { createS3Bucket } = await import('@tercet/backend-s3')
      await createS3Bucket(options)
      return { options, rclonePath: `${name}-rclone` }
    },
    [Symbol.asyncDispose]: () => ceph.stop()
  }
}

/** By name; in the order in which they are measured. */
export const TARGETS: Readonly<Record<string, Start>> = {
  s3: startS3,
  async azure() {
    const azurite = await startAzurite()
    const { endpoint, account, accountKey } = azurite
    return {
      server: 'Azure (azurite)',
      package: '@tercet/backend-azure',
      opener: 'createAzureBackend',
      // Of all its ways to log in this is the one that rclone 1.60 takes to another endpoint than Azure's.
      remote: { type: 'azureblob', sas_url: `${endpoint}?${await signature(account, accountKey)}` },
      async place(name) {
        const options = { container: name, endpoint, account, accountKey }
        const { createAzureContainer } = await import('@tercet/backend-azure')
        await createAzureContainer(options)
        return { options, rclonePath: `${name}-rclone` }
      },
      [Symbol.asyncDispose]: () => azurite.stop()
    }
  },
  async swift() {
    const swift = await startSwift()
    const { authUrl, username, password } = swift
    return {
      server: 'Swift',
      package: '@tercet/backend-swift',
      opener: 'openSwiftBackend',
      remote: { type: 'swift', auth: authUrl, user: username, key: password },
      async place(name) {
        const options = { container: name, authUrl, authVersion: 'v1' as const, username, password }
        const { createSwiftContainer } = await import('@tercet/backend-swift')
        await createSwiftContainer(options)
        return { options, rclonePath: `${name}-rclone` }
      },
      [Symbol.asyncDispose]: () => swift.stop()
    }
  },
  async rclone() {
    const s3 = await startS3()
    return {
      server: 'rclone on S3 (Ceph RGW)',
      package: '@tercet/backend-rclone',
      opener: 'openRcloneBackend',
      remote: s3.remote,
      async place(name, configFile) {
        const options = { remote: 'store', path: name, configFile, createFolder: true }
        return { options, rclonePath: `${name}-rclone` }
      },
      [Symbol.asyncDispose]: () => s3[Symbol.asyncDispose]()
    }
  },
  async webdav(obscure) {
    const apache = await startApache()
    const { port, username, password } = apache
    const url = `http://127.0.0.1:${port}`
    return {
      server: 'WebDAV (Apache)',
      package: '@tercet/backend-webdav',
      opener: 'openWebdavBackend',
      remote: { type: 'webdav', vendor: 'other', url, user: username, pass: await obscure(password) },
      async place(name) {
        return { options: { url: `${url}/${name}`, username, password }, rclonePath: `${name}-rclone` }
      },
      [Symbol.asyncDispose]: () => apache.stop()
    }
  },
  async sftp() {
    const sshd = await startSshd()
    const { host, port, username, keyFile, hostKey, root } = sshd
    return {
      server: 'SFTP (OpenSSH)',
      package: '@tercet/backend-sftp',
      opener: 'openSftpBackend',
      remote: { type: 'sftp', host, port: String(port), user: username, key_file: keyFile },
      async place(name) {
        const { readFile } = await import('node:fs/promises')
        const privateKey = await readFile(keyFile, 'utf8')
        const options = { host, port, username, privateKey, hostKeys: [hostKey], path: `${root}/${name}` }
        return { options, rclonePath: `${root}/${name}-rclone` }
      },
      [Symbol.asyncDispose]: () => sshd.stop()
    }
  },
  async ftp(obscure) {
    const ftp = await startProftpd({ passivePorts: 'any' }) // a port of each connection stays taken for a minute
    const { host, port, username, password, home } = ftp
    return {
      server: 'FTP (ProFTPD)',
      package: '@tercet/backend-ftp',
      opener: 'openFtpBackend',
      remote: { type: 'ftp', host, port: String(port), user: username, pass: await obscure(password) },
      async place(name) {
        const options = { host, port, username, password, path: `${home}/${name}` }
        return { options, rclonePath: `${home}/${name}-rclone` }
      },
      [Symbol.asyncDispose]: () => ftp.stop()
    }
  },
  async smb(obscure) {
    const smb = await startSmbd()
    const { host, port, username, password } = smb
    return {
      server: 'SMB (Samba)',
      package: '@tercet/backend-smb',
      opener: 'openSmbBackend',
      remote: { type: 'smb', host, port: String(port), user: username, pass: await obscure(password) },
      async place(name) {
        const options = { host, port, share: 'share', username, password, path: name }
        return { options, rclonePath: `share/${name}-rclone` }
      },
      [Symbol.asyncDispose]: () => smb.stop()
    }
  }
}

/** All rights on all of an account, for a day. */
async function signature(account: string, accountKey: string): Promise<string> {
  const {
    AccountSASPermissions,
    generateAccountSASQueryParameters,
    SASProtocol,
    StorageSharedKeyCredential
  } = await import('@azure/storage-blob')
  return generateAccountSASQueryParameters(
    {
      expiresOn: new Date(Date.now() + 86_400_000),
      permissions: AccountSASPermissions.parse('rwdlacup'),
      services: 'b',
      resourceTypes: 'sco',
      protocol: SASProtocol.HttpsAndHttp
    },
    new StorageSharedKeyCredential(account, accountKey)
  ).toString()
}

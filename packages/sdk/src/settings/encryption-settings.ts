import type { EncryptionSettings } from '@tercet/engine'
import type { Setting } from './setting.ts'

/** How volumes are encrypted, and opened where that takes more than a passphrase. */
export const ENCRYPTION_SETTINGS: readonly Setting[] = [
  {
    name: 'encryption',
    mattersTo: 'backup',
    type: { kind: 'choice', choices: ['aes', 'gpg', 'none'] },
    default: 'aes',
    operations: ['open'],
    description: 'How a new destination is encrypted',
    options: [
      { option: 'encryption-module' },
      { option: 'no-encryption', flag: 'none', common: true, description: 'Do not encrypt a new destination' }
    ]
  },
  {
    name: 'aesVersion',
    mattersTo: 'backup',
    type: { kind: 'integer', minimum: 2, maximum: 3 },
    default: '2',
    operations: ['open'],
    description: 'Version of AES Crypt that new volumes have',
    options: [{ option: 'aes-version' }]
  },
  {
    name: 'aesIterations',
    mattersTo: 'backup',
    type: { kind: 'integer', minimum: 1, maximum: 5_000_000 },
    default: '300000',
    operations: ['open'],
    description: 'Rounds that make a key of the passphrase in version 3',
    options: [{ option: 'aes-v3-iterations' }]
  },
  {
    name: 'encryptKeys',
    mattersTo: 'backup',
    type: { kind: 'list' },
    operations: ['open'],
    description: 'Encrypt for the owners of these OpenPGP keys, who alone can read',
    options: [{ option: 'encrypt-key' }]
  },
  {
    name: 'gpgProgram',
    type: { kind: 'path' },
    default: 'gpg',
    operations: ['open'],
    description: 'The gpg program; with it, its keyrings are used',
    options: [{ option: 'gpg-program-path' }]
  },
  {
    name: 'gpgEncryptionCommand',
    mattersTo: 'backup',
    type: { kind: 'text' },
    default: '--symmetric',
    operations: ['open'],
    description: 'What gpg is told to encrypt with',
    options: [{ option: 'gpg-encryption-command' }]
  },
  {
    name: 'gpgEncryptionSwitches',
    mattersTo: 'backup',
    type: { kind: 'text' },
    operations: ['open'],
    description: 'Further switches for gpg when it encrypts',
    options: [{ option: 'gpg-encryption-switches' }]
  },
  {
    name: 'gpgDecryptionCommand',
    type: { kind: 'text' },
    default: '--decrypt',
    operations: ['open'],
    description: 'What gpg is told to decrypt with',
    options: [{ option: 'gpg-decryption-command' }]
  },
  {
    name: 'gpgDecryptionSwitches',
    type: { kind: 'text' },
    operations: ['open'],
    description: 'Further switches for gpg when it decrypts',
    options: [{ option: 'gpg-decryption-switches' }]
  },
  {
    name: 'gpgArmor',
    mattersTo: 'backup',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['open'],
    description: 'OpenPGP volumes as text, a third larger',
    options: [{ option: 'gpg-encryption-enable-armor' }]
  }
]

/** The settings of a backup that say how it is encrypted, as they are given to `openBackup`. */
export interface EncryptionOptions {
  readonly encryption?: 'aes' | 'gpg' | 'none' | undefined
  readonly aesVersion?: 2 | 3 | undefined
  readonly aesIterations?: number | undefined
  readonly encryptKeys?: readonly string[] | undefined
  readonly gpgProgram?: string | undefined
  readonly gpgEncryptionCommand?: string | undefined
  readonly gpgEncryptionSwitches?: string | undefined
  readonly gpgDecryptionCommand?: string | undefined
  readonly gpgDecryptionSwitches?: string | undefined
  readonly gpgArmor?: boolean | undefined
}

/** The same for the engine. The gpg program is used where anything is asked for that the library cannot do. */
export function encryptionFrom(options: EncryptionOptions): EncryptionSettings {
  const { encryption, encryptKeys } = options
  const usesProgram =
    encryptKeys !== undefined ||
    options.gpgProgram !== undefined ||
    options.gpgEncryptionCommand !== undefined ||
    options.gpgEncryptionSwitches !== undefined ||
    options.gpgDecryptionCommand !== undefined ||
    options.gpgDecryptionSwitches !== undefined
  return {
    module: encryption === 'none' ? undefined : encryption,
    aesVersion: options.aesVersion,
    aesIterations: options.aesIterations,
    armor: options.gpgArmor,
    gpg: usesProgram
      ? {
          program: options.gpgProgram,
          recipients: encryptKeys,
          encryptionCommand: options.gpgEncryptionCommand,
          encryptionSwitches: switchesOf(options.gpgEncryptionSwitches),
          decryptionCommand: options.gpgDecryptionCommand,
          decryptionSwitches: switchesOf(options.gpgDecryptionSwitches)
        }
      : undefined
  }
}

/** Divided at spaces, but for those within double quotes. */
function switchesOf(text: string | undefined): string[] | undefined {
  const found = text?.match(/"[^"]*"|[^\s"]+/g) ?? undefined
  return found?.map((word) => word.replaceAll('"', ''))
}

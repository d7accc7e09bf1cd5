import { ENCRYPTION_SETTINGS } from './encryption-settings.ts'
import type { Setting } from './setting.ts'

/** How a backup is opened. */
export const OPEN_SETTINGS: readonly Setting[] = [
  {
    name: 'catalogPath',
    type: { kind: 'path' },
    default: "the user's data folder",
    operations: ['open'],
    description: 'File of the catalog',
    options: [{ option: 'dbpath', common: true }]
  },
  {
    name: 'temporaryCatalog',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['open'],
    description: 'Work from the destination alone; the catalog is neither used nor made',
    options: [{ option: 'no-local-db', flag: true }]
  },
  {
    name: 'prefix',
    type: { kind: 'text' },
    default: 'duplicati',
    operations: ['open', 'sync'],
    description: 'First part of the names of all volumes; no hyphen',
    options: [{ option: 'prefix' }]
  },
  ...ENCRYPTION_SETTINGS,
  {
    name: 'maxBlocksize',
    type: { kind: 'size', unit: 'mb', minimum: 1024 },
    default: '16mb',
    operations: ['open'],
    description: 'Largest blocks that a destination without a catalog may have',
    options: [{ option: 'max-blocksize' }]
  },
  {
    name: 'workers',
    type: { kind: 'integer', minimum: 0, maximum: 64 },
    default: 'one for each core, at most 8',
    operations: ['open'],
    description: 'Threads that read, pack and unpack; 0 does all in one',
    options: [{ option: 'workers' }]
  },
  {
    name: 'spoolFolder',
    type: { kind: 'path' },
    default: "the system's folder",
    operations: ['open', 'sync'],
    description: 'Folder for temporary files',
    options: [{ option: 'tempdir' }]
  },
  {
    name: 'retries',
    type: { kind: 'integer', minimum: 0, maximum: 1000 },
    default: '5',
    operations: ['open'],
    description: 'Further attempts after a failed transfer',
    options: [{ option: 'number-of-retries' }]
  },
  {
    name: 'retryDelayMs',
    type: { kind: 'duration' },
    default: '10s',
    operations: ['open'],
    description: 'Pause before each further attempt',
    options: [{ option: 'retry-delay' }]
  },
  {
    name: 'retryBackoff',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['open'],
    description: 'Double the pause with each further attempt',
    options: [{ option: 'retry-with-exponential-backoff' }]
  },
  {
    name: 'timeoutMs',
    type: { kind: 'duration' },
    default: '10m',
    operations: ['open', 'sync'],
    description: 'Give up a transfer in which nothing moves for so long; 0 never does',
    options: [{ option: 'read-write-timeout' }]
  },
  {
    name: 'verificationFile',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['open'],
    description: 'Keep a list of all volumes with their hashes at the destination',
    options: [{ option: 'upload-verification-file' }]
  },
  {
    name: 'uploadBytesPerSecond',
    mattersTo: 'backup',
    type: { kind: 'size', unit: 'kb', minimum: 1 },
    default: 'no limit',
    operations: ['open'],
    description: 'Most that is sent in a second',
    options: [{ option: 'throttle-upload' }]
  },
  {
    name: 'downloadBytesPerSecond',
    type: { kind: 'size', unit: 'kb', minimum: 1 },
    default: 'no limit',
    operations: ['open'],
    description: 'Most that is fetched in a second',
    options: [{ option: 'throttle-download' }]
  },
  {
    name: 'lease',
    mattersTo: ['backup', 'delete', 'compact'],
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['open'],
    description: 'Keep others from writing to the destination meanwhile, where it can',
    options: [{ option: 'lease' }]
  },
  {
    name: 'breakLease',
    mattersTo: ['backup', 'delete', 'compact'],
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['open'],
    description: 'Take the lease even from somebody who holds it',
    options: [{ option: 'break-lease' }]
  },
  {
    name: 'lockDurationMs',
    mattersTo: ['backup', 'compact', 'locks'],
    type: { kind: 'duration' },
    default: 'no locks',
    operations: ['open'],
    description: 'Lock what the newest version needs for so long, where the store can; at least 5s',
    options: [{ option: 'remote-file-lock-duration' }]
  },
  {
    name: 'syncConfiguration',
    type: { kind: 'configuration' },
    operations: ['open'],
    mattersTo: ['backup', 'policy'],
    description: 'Where the backup is replicated to afterwards, and when: JSON, or a file with it',
    options: [
      { option: 'remote-sync-config' },
      { option: 'remote-sync-json-config', description: 'The same, by the name that Duplicati gives it' }
    ]
  }
]

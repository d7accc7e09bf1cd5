import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { duplicatiOption } from '../../packages/sdk/src/settings/duplicati-options.ts'
import { duplicatiReference, OWN_OPTIONS, understoodOptions } from '../scripts/duplicati-options.ts'

/** The options of Duplicati 2.3, apart from those of its stores. */
const OF_DUPLICATI = `
include exclude exclude-files-attributes exclude-non-local-files exclude-empty-folders skip-files-larger-than
ignore-filenames disable-backup-exclusion-xattr symlink-policy hardlink-policy allow-missing-source
abort-if-source-missing prevent-empty-source changed-files deleted-files usn-policy snapshot-policy
ignore-advisory-locking photos-handling version time all-versions disable-filetime-check check-filetime-only
skip-metadata upload-unchanged-backups blocksize block-hash-algorithm file-hash-algorithm dblock-size
remote-volume-size index-file-policy compression-module zip-compression-method zip-compression-level
tgz-compression-level tzstd-compression-level aes-v3-iterations gpg-encryption-command gpg-encryption-switches
gpg-decryption-command gpg-decryption-switches gpg-program-path gpg-encryption-enable-armor
compression-extension-file encryption-module passphrase new-passphrase no-encryption allow-passphrase-change
parity-module prefix number-of-retries retry-delay retry-with-exponential-backoff asynchronous-upload-limit
asynchronous-upload-folder tempdir disable-streaming-transfers throttle-upload throttle-download throttle-disabled
throttle-disabled-backends list-verify-uploads no-connection-reuse disable-autocreate-folder soft-delete-prefix
prevent-backend-rename skip-file-hash-checks case-insensitive-remote quota-size quota-warning-threshold quota-disable
no-backend-verification backup-test-samples backup-test-percentage full-remote-verification full-block-verification
dont-replace-faulty-index-files upload-verification-file auto-cleanup keep-versions keep-time retention-policy
allow-full-removal disable-time-tolerance remote-file-lock-duration repair-refresh-lock-info
refresh-lock-info-complete no-auto-compact auto-compact-interval auto-vacuum-interval auto-vacuum threshold
small-file-size small-file-max-count rebuild-missing-dblock-files disable-partial-dblock-recovery
disable-replace-missing-metadata reduced-purge-statistics repair-only-paths repair-force-block-use
repair-ignore-outdated-database disable-synthetic-filelist disable-filelist-consistency-checks restore-path overwrite
restore-permissions restore-symlink-metadata restore-with-local-blocks dont-compress-restore-paths
allow-restore-outside-target-directory no-local-db restore-all-files control-files dry-run dryrun dbpath
parameters-file concurrency-max-threads concurrency-fileprocessors concurrency-block-hashers concurrency-compressors
cpu-intensity disable-file-scanner disable-on-battery console-log-level log-file-log-level log-file
console-log-filter log-file-log-filter log-file-log-ignore suppress-warnings allow-paths-in-log-messages log-retention
full-result secret-provider secret-provider-pattern secret-provider-cache machine-id machine-name backup-id
backup-name next-scheduled-run remote-sync-json-config sync-remote-state sync-then-delete sync-verify-hash
sync-recheck store-metadata-content-in-database long-database-query-threshold synchronous-upload
disable-filepath-cache file-read-buffer-size no-local-blocks patch-with-local-blocks log-level verbose
restore-cache-max restore-cache-evict restore-volume-cache-hint restore-volume-cache-min-free
restore-preallocate-size restore-file-processors restore-volume-downloaders restore-volume-decryptors
restore-volume-decompressors restore-channel-buffer-size restore-legacy skip-restore-verification
run-script-before-required run-script-post-backup run-script-with-arguments send-http-any-operation
send-http-extra-parameters send-http-form-urls send-http-json-urls send-http-level send-http-max-log-lines
send-http-message send-http-message-parameter-name send-http-retries send-http-retry-delay send-http-verb
send-mail-any-operation send-mail-body send-mail-from send-mail-level send-mail-max-log-lines
send-mail-password send-mail-result-output-format send-mail-subject send-mail-url send-mail-username
run-script-before run-script-after run-script-timeout send-mail-to send-http-url
send-xmpp-to send-telegram-bot-id auth-username auth-password aes-version thread-priority
use-background-io-priority allow-sleep read-write-timeout
`
  .trim()
  .split(/\s+/)

describe('options of Duplicati', () => {
  const understood = understoodOptions()

  test.each(OF_DUPLICATI)('--%s is understood, needless or refused: exactly one of these', (option) => {
    expect([understood.has(option), duplicatiOption(option) !== undefined].filter(Boolean)).toHaveLength(1)
  })
  test('every other option is known to be none of Duplicati', () => {
    const others = [...understood.keys()].filter((option) => !OF_DUPLICATI.includes(option))
    expect(others.sort()).toEqual(OWN_OPTIONS)
  })
  test('the page is current (npm run reference)', () => {
    const page = new URL('../reference/duplicati-options.md', import.meta.url)
    expect(readFileSync(page, 'utf8')).toBe(duplicatiReference())
  })
})

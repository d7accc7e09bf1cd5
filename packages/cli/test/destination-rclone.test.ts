import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWith } from '@tercet/testkit-servers'
import { test } from 'vitest'
import { roundTrip } from './support/destination-round-trip.ts'

describeWith(['rclone'], 'the program on rclone', () => {
  test('backs up to a folder that it makes, and restores both versions', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tercet-cli-rclone-'))
    try {
      mkdirSync(join(folder, 'store'))
      writeFileSync(join(folder, 'rclone.conf'), `[box]\ntype = alias\nremote = ${folder}/store\n`)
      await roundTrip(
        'rclone://box/backups/laptop one',
        `--rclone-config-file=${join(folder, 'rclone.conf')}`,
        '--rclone-create-folder=true'
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

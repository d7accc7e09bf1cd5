import type { Secret } from '@tercet/sdk'
import type { CliIo } from './io.ts'
import type { Reporter } from './reporter.ts'

/**
 * Tells a person at a terminal that the passphrase of a new destination can be guessed. Later is too late: a destination
 * keeps its passphrase. The meter is loaded for new destinations alone.
 */
export async function warnOfWeakPassphrase(
  passphrase: Secret,
  { stderr }: CliIo,
  reporter: Reporter
): Promise<void> {
  if (!stderr.isTerminal) return
  const { measurePassphrase } = await import('@tercet/sdk/passphrase')
  const { isWeak, bits, reason } = await measurePassphrase(passphrase)
  if (!isWeak) return
  await reporter.notice(
    `the passphrase of this new destination is weak (${reason}; about ${Math.floor(bits)} bits), and cannot be changed later. "tercet passphrase" makes a good one`
  )
}

import { formatCounted, formatTime, printable } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'

/** Tells until when each volume is locked. */
export async function runReadLockInfo(context: CommandContext): Promise<ExitCode> {
  const { calls, interruption, reporter } = context
  interruption.cannotStop()
  await using backup = await context.open()
  const locks = await backup.readLocks(calls)
  for (const lock of locks) {
    const until = lock.lockedUntil === undefined ? 'not locked' : `until ${formatTime(lock.lockedUntil)}`
    await reporter.item('lock', { lock }, printable(`${lock.name}  ${until}`))
  }
  const locked = locks.filter(({ lockedUntil }) => lockedUntil !== undefined).length
  const summary = `${locked} of ${formatCounted(locks.length, 'volume')} locked`
  return await reporter.finish('success', { volumes: locks.length, locked }, [summary])
}

import { platformSupport } from '@tercet/sdk'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { programVersion } from '../version.ts'

export async function runSystemInfo({ reporter }: CommandContext): Promise<ExitCode> {
  const support = platformSupport()
  const info = {
    version: programVersion(),
    node: process.version,
    platform: process.platform,
    architecture: process.arch,
    ...support
  }
  return await reporter.finish('success', info, [
    `Tercet        ${info.version}`,
    `Node          ${info.node}`,
    `System        ${info.platform} ${info.architecture}`,
    `Native calls  ${support.nativeCalls ? 'yes' : 'no: times are exact to some hundred nanoseconds only'}`,
    `Zstandard     ${support.nativeZstd ? 'native' : "Node's own"}`
  ])
}

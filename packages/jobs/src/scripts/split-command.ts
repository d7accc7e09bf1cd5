/** A command as its parts: spaces separate them, quotes keep spaces together. There is no shell, and nothing is expanded. */
export function splitCommand(command: string): readonly string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? ''
  )
}

/**
 * Replaces `%NAME%`, and except on Windows `$NAME` and `${NAME}`, by variables of the environment. One that does not
 * exist stays as it is written.
 */
export function expandVariables(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform
): string {
  const value = (whole: string, name: string | undefined): string =>
    name !== undefined && Object.hasOwn(environment, name) ? (environment[name] ?? whole) : whole
  const percent = text.replace(/%([A-Za-z_]\w*)%/g, value)
  if (platform === 'win32') return percent
  return percent.replace(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g, (whole, braced, plain) =>
    value(whole, braced ?? plain)
  )
}

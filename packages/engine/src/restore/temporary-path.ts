/** The name of an unfinished file, beside its final one: short, whatever that is, and known to all workers. */
export function temporaryPath(relative: string, token: string, number: number): string {
  return `${relative.slice(0, relative.lastIndexOf('/') + 1)}.tercet-${token}-${number}.tmp`
}

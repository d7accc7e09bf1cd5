const SECONDS = { s: 1, m: 60, h: 3600, D: 86_400, W: 604_800, M: 30 * 86_400, Y: 365 * 86_400 } as const

/**
 * Milliseconds of a duration such as `30s`, `10m` or `1D12h`; undefined for any other text. Units are case-sensitive
 * (`m` minute, `M` month of 30 days, `Y` year of 365), and a bare number is seconds.
 */
export function parseDuration(text: string): number | undefined {
  const parts = /^\d{1,12}$/.test(text) ? `${text}s` : text
  if (!/^(?:\d{1,12}[smhDWMY])+$/.test(parts)) return undefined
  let seconds = 0
  for (const [, count, unit] of parts.matchAll(/(\d+)([smhDWMY])/g))
    seconds += Number(count) * SECONDS[unit as keyof typeof SECONDS]
  return Number.isSafeInteger(seconds * 1000) ? seconds * 1000 : undefined
}

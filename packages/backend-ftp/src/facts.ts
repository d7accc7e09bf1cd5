import type { FileFacts } from '@tercet/backend-kit'

/** The answer to MLST (RFC 3659, section 7): facts such as `type=file;size=10;modify=20261121150000;`. */
export function entryOfFacts(message: string): FileFacts {
  const line = message.split('\n').find((each) => /^ ?[a-z][^ ]*=[^ ]*; /i.test(each)) ?? ''
  const facts = new Map<string, string>()
  for (const fact of line.trimStart().split('; ')[0]?.split(';') ?? []) {
    const [name = '', ...value] = fact.split('=')
    facts.set(name.toLowerCase(), value.join('='))
  }
  const type = facts.get('type')?.toLowerCase()
  if (type === undefined) throw new Error('The answer to MLST has no type')
  return {
    isFolder: /^[cp]?dir$/.test(type),
    isFile: type === 'file',
    sizeBytes: Number(facts.get('size')),
    modifiedAt: dateOf(facts.get('modify'))
  }
}

/** UTC, as RFC 3659, section 2.3 has it. */
function dateOf(text: string | undefined): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(text ?? '')?.map(Number) ?? []
  if (year === undefined || month === undefined) return undefined
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second))
}

import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import {
  isConfigurationText,
  resolveSyncConfiguration,
  type SyncOptionType,
  syncConfigurationSchema,
  syncOptionsOf
} from '../src/index.ts'

const published = JSON.parse(
  readFileSync(new URL('../sync-configuration.schema.json', import.meta.url), 'utf8')
)
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true })
const validate = ajv.compile(published)

/** What the program says. */
function isAccepted(configuration: unknown): boolean {
  try {
    resolveSyncConfiguration(configuration)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^CONFIG_/) })
    return false
  }
}

/** Values of each type that are good, and such that are bad. */
const SAMPLES: Readonly<Record<SyncOptionType['kind'], { good: unknown[]; bad: unknown[] }>> = {
  boolean: { good: [true, false], bad: ['true', 1, []] },
  integer: { good: [], bad: [1.5, '1', -1, {}, 2 ** 53] },
  milliseconds: { good: [0, 1500], bad: [-1, 0.5, '1s'] },
  choice: { good: [], bad: ['sometimes', 1, true] },
  contents: { good: [true, false, 'listing', 'checksum', 'download'], bad: ['bytes', 1] },
  duration: {
    good: ['1h', '2D12h', '1M', '1Y', '7.00:00:00', '12:30', '00:00:01.5'],
    bad: ['1d', 'weekly', '', '3600', '-1.00:00:00', '1:2:3:4', 60]
  },
  size: { good: [1, 10_000, '500mb', '1 GB', '64kb'], bad: [-1, 1.5, '1 zb', 'much', ''] },
  share: { good: [1, '100mb', '5%', '0.5%'], bad: [0, '5 percent', '%', -5] },
  pairs: { good: [[], ['a=b', 'c=d=e', 'f=']], bad: ['a=b', ['a'], ['=b'], [1], { a: 'b' }] },
  text: { good: ['x'], bad: ['', 1, []] },
  path: { good: ['/var/log/sync.log'], bad: ['', 1, []] }
}

function samplesOf(type: SyncOptionType): { good: unknown[]; bad: unknown[] } {
  const { good, bad } = SAMPLES[type.kind]
  if (type.kind === 'choice') return { good: [...type.choices], bad }
  if (type.kind !== 'integer') return { good, bad }
  const { minimum, maximum } = type
  return {
    good: [minimum, maximum ?? minimum + 1],
    bad: [...bad, minimum - 1, ...(maximum === undefined ? [] : [maximum + 1])]
  }
}

test('the published schema is current and has every key', () => {
  expect(published, 'run npm run schema -w packages/sync-policy').toEqual(syncConfigurationSchema())
  for (const { name } of syncOptionsOf('destination'))
    expect(published.$defs.destination.properties).toHaveProperty([name])
  for (const { name } of syncOptionsOf('run')) expect(published.properties).toHaveProperty([name])
})

describe('the schema and the program say the same of each option', () => {
  test.each(syncOptionsOf('destination'))('$name', ({ name, type }) => {
    agree(type, (value) => ({ destinations: [{ url: '/mnt/a', [name]: value }] }))
  })

  test.each(syncOptionsOf('run'))('$name', ({ name, type }) => {
    agree(type, (value) => ({ destinations: [], [name]: value }))
  })
})

function agree(type: SyncOptionType, wrap: (value: unknown) => unknown): void {
  const { good, bad } = samplesOf(type)
  for (const value of good) {
    expect(validate(wrap(value)), `${JSON.stringify(value)}: ${ajv.errorsText(validate.errors)}`).toBe(true)
    expect(isAccepted(wrap(value)), JSON.stringify(value)).toBe(true)
  }
  for (const value of bad) {
    expect(validate(wrap(value)), JSON.stringify(value)).toBe(false)
    expect(isAccepted(wrap(value)), JSON.stringify(value)).toBe(false)
  }
}

const A = { url: '/mnt/a' }

test.each([
  ['no destination', { destinations: [] }],
  ['two, one of them blank', { destinations: [A, {}] }],
  [
    'every mode',
    {
      destinations: ['inline', 'interval', 'scheduled'].map((mode, n) => ({
        url: `/${n}`,
        mode,
        interval: '1h'
      }))
    }
  ],
  ['a count', { destinations: [{ ...A, mode: 'counting', count: 5 }] }],
  ['a schedule', { destinations: [{ ...A, schedule: '7.00:00:00' }] }],
  ['bare seconds', { destinations: [{ ...A, interval: '3600' }] }],
  [
    'declarations',
    {
      destinations: [{ ...A, medium: 'disk', provider: 'us', site: 'attic', immutable: true, offline: false }]
    }
  ],
  [
    'all that stands at the top',
    {
      $schema: 'sync-configuration.schema.json',
      'sync-on-warnings': false,
      'sync-on-partial': true,
      'sync-options': ['user=x'],
      destinations: [A],
      primary: { url: '/mnt/p', site: 'office' },
      source: { site: 'office' },
      policy: {
        copies: 3,
        media: 2,
        offsite: 1,
        immutable: 1,
        'max-unverified-age': '30D',
        'verify-depth': 'download'
      }
    }
  ]
])('both take %s', (_, configuration) => {
  expect(validate(configuration), ajv.errorsText(validate.errors)).toBe(true)
  expect(isAccepted(configuration)).toBe(true)
})

test.each([
  ['no list of destinations', {}],
  ['destinations that are no list', { destinations: A }],
  ['a destination that is no object', { destinations: ['/mnt/a'] }],
  ['an unknown key at the top', { destinations: [], destination: [] }],
  ['an unknown key of a destination', { destinations: [{ ...A, intervall: '1h' }] }],
  ['an option of a destination at the top', { destinations: [A], retention: true }],
  ['a URL that is no text', { destinations: [{ url: 5 }] }],
  ['an unknown mode', { destinations: [{ ...A, mode: 'sometimes' }] }],
  ['a count that is text', { destinations: [{ ...A, count: '5' }] }],
  ['a count below one', { destinations: [{ ...A, count: 0 }] }],
  ['bare seconds as a schedule', { destinations: [{ ...A, schedule: '3600' }] }],
  ['an id with a slash', { destinations: [{ ...A, id: 'a/b' }] }],
  ['a policy with an unknown rule', { destinations: [A], policy: { copy: 3 } }],
  ['a policy with no copy', { destinations: [A], policy: { copies: 0 } }],
  ['a source with a URL', { destinations: [A], source: { url: '/data' } }]
])('both refuse %s', (_, configuration) => {
  expect(validate(configuration)).toBe(false)
  expect(isAccepted(configuration)).toBe(false)
})

test('what needs more than a look at one value is for the program to tell', () => {
  for (const destinations of [
    [A, A],
    [A, { url: '/mnt/a/b' }],
    [{ ...A, mode: 'interval' }],
    [{ ...A, mode: 'counting' }]
  ]) {
    expect(validate({ destinations })).toBe(true)
    expect(isAccepted({ destinations })).toBe(false)
  }
  expect(isConfigurationText(JSON.stringify({ destinations: [A] }))).toBe(true)
})

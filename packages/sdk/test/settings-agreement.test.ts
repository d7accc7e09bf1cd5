import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { checkSettingValue } from '../src/settings/check-setting-value.ts'
import { settingsSchema } from '../src/settings/json-schema.ts'
import { parseSettingText } from '../src/settings/parse-setting-text.ts'
import { resolveSettings } from '../src/settings/resolve-settings.ts'
import type { JsonValue, Setting, SettingOperation } from '../src/settings/setting.ts'
import { SETTINGS } from '../src/settings/settings-table.ts'

const schema = settingsSchema() as Record<string, JsonValue>
const ajv = new Ajv2020({ strict: true, allErrors: true })
const validate = ajv.compile(schema)

/** What the published schema says of one value of one setting. */
function isValid(operation: SettingOperation, name: string, value: unknown): boolean {
  return validate({ [operation]: { [name]: value } })
}

/** What the program says of it. */
function isAccepted({ type }: Setting, value: unknown): boolean {
  try {
    checkSettingValue(type, value, 'it')
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
    return false
  }
}

/** Values and texts of each type that are good, and such that are bad; the ends of ranges are added below. */
const SAMPLES: Readonly<
  Record<
    Setting['type']['kind'],
    { values: unknown[]; wrong: unknown[]; texts: string[]; wrongTexts: string[] }
  >
> = {
  boolean: {
    values: [true, false],
    wrong: ['true', 1, null],
    texts: ['on', 'NO', '1'],
    wrongTexts: ['maybe', '']
  },
  integer: { values: [], wrong: [1.5, '1', null, 2 ** 53], texts: [], wrongTexts: ['1.5', '-1', 'one', ''] },
  size: {
    values: [],
    wrong: [1_000_000.5, '1mb', null],
    texts: ['2000mb', '2000 MIB'],
    wrongTexts: ['1.5mb', '1 zb', '', '-1kb', '99999999tb']
  },
  share: {
    values: [0, 0.2, 1],
    wrong: [-0.1, 1.1, '0.2'],
    texts: ['0', '0.25', '1'],
    wrongTexts: ['2', '20%', '']
  },
  percent: {
    values: [0, 0.1, 100],
    wrong: [-1, 100.5, '5'],
    texts: ['0.1', '100'],
    wrongTexts: ['101', '5%', '']
  },
  samples: {
    values: [0, 5, 'all'],
    wrong: [-1, 'some', 0.5],
    texts: ['3', 'all'],
    wrongTexts: ['-3', 'ALL of them', '']
  },
  duration: {
    values: [0, 90_000],
    wrong: [-1, '1h', 0.5],
    texts: ['1D12h', '90'],
    wrongTexts: ['1x', '1.5h', '']
  },
  time: {
    values: ['2024-05-01', 'now'],
    wrong: ['', 5, null],
    texts: ['2024-05-01T10:00:00Z', '2015/9/10', '2M', 'now'],
    wrongTexts: ['soon', '']
  },
  choice: { values: [], wrong: ['', 'something else', 1], texts: [], wrongTexts: ['something else', ''] },
  text: { values: ['a'], wrong: ['', 1, null, ['a']], texts: ['a b'], wrongTexts: [''] },
  path: { values: ['/a b'], wrong: ['', 1, null], texts: ['/a'], wrongTexts: [''] },
  list: {
    values: [[], ['Hidden', 'System']],
    wrong: ['Hidden', [''], [1]],
    texts: ['a,b', ''],
    wrongTexts: []
  },
  paths: { values: [[], ['/a', '/b c']], wrong: ['/a', [''], {}], texts: ['/a'], wrongTexts: [] },
  'path-list': {
    values: [['/a'], { listFile: '/list' }],
    wrong: ['/a', { listFile: '' }, { listFile: '/list', more: 1 }, { file: '/list' }, null],
    texts: ['/a'],
    wrongTexts: []
  },
  filters: {
    values: [[], ['+*.txt', '-/a\nb']],
    wrong: ['+a', ['a'], ['+'], [1]],
    texts: ['+*.txt'],
    wrongTexts: ['*.txt', '-']
  },
  configuration: {
    values: ['{"destinations": []}', '/etc/sync.json', { destinations: [] }],
    wrong: [1, null, '', []],
    texts: ['{"destinations": []}', 'sync.json'],
    wrongTexts: ['']
  },
  compression: {
    values: [
      { method: 'zstd' },
      { method: 'zstd', level: 22 },
      { method: 'deflate', level: 1 },
      { method: 'none' }
    ],
    wrong: [
      'zstd',
      { method: 'zstd', level: 23 },
      { method: 'deflate', level: 0 },
      { method: 'deflate', level: 10 },
      { method: 'none', level: 1 },
      { method: 'lzma' },
      { level: 3 },
      { method: 'zstd', speed: 1 }
    ],
    texts: ['zstd:3', 'DEFLATE:9', 'none'],
    wrongTexts: ['zstd:0', 'lzma', 'none:1', '']
  },
  versions: {
    values: [[0], [3, 5, 6]],
    wrong: [[], 3, [-1], ['1'], [1.5]],
    texts: ['3,5-7', '0'],
    wrongTexts: ['a', '7-5', '']
  }
}

function samplesOf({ type }: Setting) {
  const { values, wrong, texts, wrongTexts } = SAMPLES[type.kind]
  if (type.kind === 'choice')
    return {
      values: [...type.choices],
      wrong,
      texts: type.choices.map((one) => one.toUpperCase()),
      wrongTexts
    }
  if (type.kind !== 'integer' && type.kind !== 'size') return { values, wrong, texts, wrongTexts }
  const { minimum, maximum } = type
  const ends = maximum === undefined ? [minimum] : [minimum, maximum]
  const beyond = maximum === undefined ? [minimum - 1] : [minimum - 1, maximum + 1]
  return {
    values: ends,
    wrong: [...wrong, ...beyond],
    texts: type.kind === 'integer' ? ends.map(String) : maximum === undefined ? texts : ['1000mb'],
    wrongTexts
  }
}

const SETTINGS_OF_OPERATIONS = SETTINGS.flatMap((setting) =>
  setting.operations.map((operation) => [operation, setting.name, setting] as const)
)

/** Everything that is a sample of any setting: good for some and bad for others. */
const POOL: readonly unknown[] = [
  ...Object.values(SAMPLES).flatMap(({ values, wrong }) => [...values, ...wrong]),
  ...SETTINGS.flatMap((setting) => samplesOf(setting).values),
  Number.MAX_SAFE_INTEGER,
  -0,
  1e300
]

describe.each(SETTINGS_OF_OPERATIONS)('the setting %s.%s', (operation, name, setting) => {
  const { values, wrong, texts, wrongTexts } = samplesOf(setting)

  test('accepts what is right, as JSON and as text', () => {
    expect(values.length + texts.length).toBeGreaterThan(1)
    for (const value of values) {
      expect(isValid(operation, name, value), JSON.stringify(value)).toBe(true)
      expect(() => checkSettingValue(setting.type, value, name)).not.toThrow()
    }
    for (const text of texts)
      expect(isValid(operation, name, parseSettingText(setting.type, text, name)), text).toBe(true)
  })
  test('refuses what is wrong', () => {
    for (const value of wrong) {
      expect(isValid(operation, name, value), JSON.stringify(value)).toBe(false)
      expect(isAccepted(setting, value), JSON.stringify(value)).toBe(false)
    }
    for (const text of wrongTexts)
      expect(() => parseSettingText(setting.type, text, name), text).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID_VALUE', message: expect.stringContaining(name) })
      )
  })
  test('is in the schema what it is in the program, whatever the value', () => {
    for (const value of POOL)
      expect(isValid(operation, name, value), JSON.stringify(value)).toBe(isAccepted(setting, value))
  })
})

test('a key that does not exist is refused by both', () => {
  expect(validate({ backup: { dblockSize: 1 } })).toBe(false)
  expect(() => resolveSettings('backup', { dblockSize: 1 })).toThrow(
    expect.objectContaining({ code: 'CONFIG_UNKNOWN_KEY' })
  )
  expect(validate({ backups: {} })).toBe(false)
  expect(validate({ backup: {}, open: {} })).toBe(true)
})

const BOM = Uint8Array.of(0xef, 0xbb, 0xbf)

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function startsWithBom(bytes: Uint8Array): boolean {
  return bytes[0] === BOM[0] && bytes[1] === BOM[1] && bytes[2] === BOM[2]
}

export function encodeWithBom(text: string): Uint8Array {
  return encoder.encode(`\ufeff${text}`)
}

/**
 * The JSON value in `bytes`, with or without a byte-order mark; undefined when the bytes are not UTF-8 or not JSON, or
 * nest deeper than anything in this format does.
 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(startsWithBom(bytes) ? bytes.subarray(3) : bytes))
  } catch {
    return undefined
  }
}

/** True for an object that is no array; read its properties with `Object.hasOwn` or by names that nothing inherits. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * File names are bytes. As text, each byte that is not part of well-formed UTF-8 becomes an unpaired surrogate, U+DC00
 * plus the byte, which no well-formed name contains; so the text tells all names apart and can be turned back.
 */
export function decodeRawName(bytes: Uint8Array): string {
  const text = strict(bytes)
  if (text !== undefined) return text
  let decoded = ''
  for (let at = 0; at < bytes.length; ) {
    const character = characterAt(bytes, at)
    decoded += character?.text ?? String.fromCharCode(0xdc00 + (bytes[at] as number))
    at += character?.length ?? 1
  }
  return decoded
}

/** The bytes that {@link decodeRawName} made this text of. */
export function encodeRawName(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  const parts = Array.from(text, (character) => {
    const code = character.charCodeAt(0)
    return character.length === 1 && code >= 0xdc80 && code <= 0xdcff
      ? Buffer.of(code - 0xdc00)
      : Buffer.from(character)
  })
  return Buffer.concat(parts)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function strict(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function characterAt(bytes: Uint8Array, at: number): { text: string; length: number } | undefined {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    const text = strict(bytes.subarray(at, at + length))
    if (text !== undefined) return { text, length }
  }
  return undefined
}

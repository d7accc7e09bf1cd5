import type { PlaceDeclaration } from './configuration.ts'
import type { ConfigurationObject } from './configuration-object.ts'
import { wrongValue } from './reject.ts'

/** Keys with which somebody says what a place is. */
export const DECLARATION_KEYS = ['medium', 'provider', 'site', 'immutable', 'offline']

/** Words are compared in lower case, so that `Office` and `office` are one site. */
export function parseDeclaration(object: ConfigurationObject): PlaceDeclaration {
  return {
    medium: word(object, 'medium'),
    provider: word(object, 'provider'),
    site: word(object, 'site'),
    immutable: object.boolean('immutable'),
    offline: object.boolean('offline')
  }
}

function word(object: ConfigurationObject, name: string): string | undefined {
  const text = object.text(name)?.trim().toLowerCase()
  if (text === '') throw wrongValue(object.at(name), text, 'a text that is not empty')
  return text
}

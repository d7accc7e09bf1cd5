export {
  type GeneratedPassphrase,
  type GeneratePassphraseOptions,
  generatePassphrase
} from './generate-passphrase.ts'
export { measurePassphrase, type PassphraseStrength, WEAK_BELOW_BITS } from './measure-passphrase.ts'

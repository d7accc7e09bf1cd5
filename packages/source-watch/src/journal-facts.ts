/** Keys under which the process that watches and one that uses its record speak to each other in the journal's file. */
export const FACT = {
  /** A number that somebody has made up who wants to know everything up to now. */
  ASKED: 'asked',
  /** The one that was asked last and that everything up to then is known for. */
  ANSWERED: 'answered',
  /** For whom the journal is kept. */
  PURPOSE: 'purpose',
  ROOTS: 'roots'
} as const

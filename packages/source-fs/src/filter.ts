/** Filters alone, for programs that walk nothing: a part of the main entry, which loads all the rest. */
export { argumentFilters } from './filter/argument-filters.ts'
export type { FilterRule } from './filter/filter-rule.ts'
export {
  type FilterOptions,
  type FilterVerdict,
  type PathFilter,
  parseFilters
} from './filter/path-filter.ts'

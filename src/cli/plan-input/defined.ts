/** Options that were not given leave no field behind. */
type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The object without its fields that are undefined. */
export function defined<T extends object>(fields: T): Defined<T> {
  // The type says what the filter does, which the compiler cannot see.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

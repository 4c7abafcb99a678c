/** A record without the keys whose value is undefined: `exactOptionalPropertyTypes` tells absent from undefined. */
type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** What of a record is defined: keys whose value is undefined are left out, as where an option is passed on. */
export function defined<T extends object>(record: T): Defined<T> {
  const entries: readonly (readonly unknown[])[] = Object.entries(record).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(entries);
}

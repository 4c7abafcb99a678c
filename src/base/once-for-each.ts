/** What is made of an object, once for each and kept as long as that is: for objects that are never changed. */
export function onceForEach<From extends object, To extends object>(
  make: (from: From) => To,
): (from: From) => To {
  const made = new WeakMap<From, To>();
  return (from) => {
    const kept = made.get(from) ?? make(from);
    made.set(from, kept);
    return kept;
  };
}

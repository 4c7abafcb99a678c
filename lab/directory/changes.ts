import { attributeType, matchKey } from "./schema.js";
import type { RequestedChange, Result } from "./wire.js";

/** One attribute of an entry, under the name it was written with. */
export interface StoredAttribute {
  readonly name: string;
  readonly values: readonly Buffer[];
}

/**
 * One change of an entry's attributes (RFC 4511 4.6), made in `attributes`; what is wrong, where it is refused.
 * With `permissive`, adding what is there and deleting what is not succeeds.
 * @param exists whether there is an entry at a DN: linked attributes name entries
 */
export function applyChange(
  attributes: Map<string, StoredAttribute>,
  { operation, attribute, values }: RequestedChange,
  permissive: boolean,
  exists: (dn: string) => boolean,
): Result | undefined {
  const type = attributeType(attribute);
  if (type === undefined)
    return {
      code: 16,
      message: `00000057: LdapErr: DSID-0C090D8A, comment: Error in attribute conversion operation, ${attribute}`,
    };
  const key = attribute.toLowerCase();
  const present = attributes.get(key)?.values ?? [];
  const has = (list: readonly Buffer[], value: Buffer) =>
    list.some((other) => matchKey(attribute, other) === matchKey(attribute, value));
  const store = (list: readonly Buffer[]) => {
    if (list.length === 0) attributes.delete(key);
    else attributes.set(key, { name: type.name, values: list });
  };
  // A whole list may hold values that differ by case only; one by one they cannot be added (seen on Samba).
  const whole = operation === "replace";
  const doubled = values.some((value, index) => {
    const before = values.slice(0, index);
    return whole ? before.some((other) => other.equals(value)) : has(before, value);
  });
  if (doubled && !permissive) return { code: 20, message: "00002083: AtrErr: a value is given twice" };

  if (operation === "delete") {
    const missing = values.length === 0 ? present.length === 0 : values.some((value) => !has(present, value));
    // Active Directory lets an absent linked attribute be deleted (seen on Samba 4.17).
    if (missing && !permissive && !(type.linked === true && present.length === 0))
      return { code: 16, message: `00002085: AtrErr: ${type.name} has no such value` };
    store(values.length === 0 ? [] : values.reduce(without(attribute), present));
    return undefined;
  }
  if (operation === "add" && values.length === 0)
    return { code: 2, message: `no value to add to ${type.name}` };
  const fresh = whole ? values : values.filter((value, index) => !has(values.slice(0, index), value));
  const clash = operation === "add" && fresh.some((value) => has(present, value));
  if (clash && !permissive)
    return { code: 20, message: `00002083: AtrErr: ${type.name} has the value already` };
  const next = whole ? fresh : [...present, ...fresh.filter((value) => !has(present, value))];
  if (type.single && next.length > 1)
    return present.length > 0 && operation === "add"
      ? { code: 20, message: `00002083: AtrErr: ${type.name} has a value already` }
      : { code: 19, message: `00002081: AtrErr: ${type.name} takes one value` };
  if (type.linked === true && fresh.some((value) => !exists(value.toString())))
    return { code: 19, message: `000020B5: AtrErr: ${type.name} names an object that is not there` };
  if (type.syntax === "number" && fresh.some((value) => !/^-?\d+$/.test(value.toString())))
    return { code: 21, message: `${type.name} takes a number` };
  store(next);
  return undefined;
}

/** Of values that differ by case only, the first goes, whichever was named (seen on Samba). */
function without(attribute: string) {
  return (list: readonly Buffer[], value: Buffer): readonly Buffer[] => {
    const at = list.findIndex((other) => matchKey(attribute, other) === matchKey(attribute, value));
    return list.filter((_, index) => index !== at);
  };
}

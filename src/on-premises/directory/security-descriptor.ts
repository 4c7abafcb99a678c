import { defined } from "../../base/defined.js";
import { decoded } from "./failures.js";
import { guidOctets, guidText } from "./guid.js";

/** One entry of an access list: kept octet for octet, decoded by `readAce`. */
export type AceOctets = Buffer;

/** An access control list (MS-DTYP 2.4.5). */
export interface AccessList {
  /** 2, or 4 once an entry names an attribute, extended right or class. */
  readonly revision: number;
  readonly aces: readonly AceOctets[];
}

/** A security descriptor in parts (MS-DTYP 2.4.6); what is not edited stays octet for octet. */
export interface SecurityDescriptor {
  /** Control flags, without knowledge of which parts are present. */
  readonly control: number;
  /** The resource manager's octet, 0 where there is none. */
  readonly resourceManager: number;
  readonly owner?: Buffer;
  readonly group?: Buffer;
  readonly sacl?: Buffer;
  readonly dacl?: AccessList;
}

/** An entry of an access list that allows or denies. */
export interface Ace {
  readonly allow: boolean;
  /** Inheritance flags (MS-DTYP 2.4.4.1). */
  readonly flags: number;
  /** Access rights: 0x10 read property, 0x20 write property, 0x100 control access (extended right). */
  readonly mask: number;
  /** The attribute, property set or extended right it is about; absent: all of them. */
  readonly objectType?: string;
  /** The class of objects that inherit it; absent: every class. */
  readonly inheritedObjectType?: string;
  /** Whom it is about, `S-1-5-21-…`. */
  readonly sid: string;
}

/** Inheritance flags of an entry. */
export const aceFlags = {
  containerInherit: 0x02,
  noPropagate: 0x04,
  inheritOnly: 0x08,
  inherited: 0x10,
} as const;

const headerLength = 20;
const daclPresent = 0x0004;
const saclPresent = 0x0010;
const selfRelative = 0x8000;

/** Reads a self-relative security descriptor. @throws RangeError where it is cut off or not of revision 1 */
export function parseDescriptor(octets: Buffer): SecurityDescriptor {
  if (octets.length < headerLength || octets.readUInt8(0) !== 1)
    throw new RangeError("not a self-relative security descriptor of revision 1");
  const control = octets.readUInt16LE(2);
  const part = (position: number, length: (offset: number) => number): Buffer | undefined => {
    const offset = octets.readUInt32LE(position);
    if (offset === 0) return undefined;
    const end = offset + length(offset);
    if (end > octets.length) throw new RangeError("a part of the security descriptor is cut off");
    return Buffer.from(octets.subarray(offset, end));
  };
  const sidLength = (offset: number) => 8 + 4 * octets.readUInt8(offset + 1);
  const aclLength = (offset: number) => octets.readUInt16LE(offset + 2);
  const owner = part(4, sidLength);
  const group = part(8, sidLength);
  const sacl = part(12, aclLength);
  const dacl = part(16, aclLength);
  return {
    control,
    resourceManager: octets.readUInt8(1),
    ...(owner && { owner }),
    ...(group && { group }),
    ...(sacl && { sacl }),
    ...(dacl && { dacl: parseAcl(dacl) }),
  };
}

/**
 * The `nTSecurityDescriptor` of an entry, every access list entry of it fit for `readAce`.
 * @throws MailstageError directory-value where it is malformed
 */
export function readableDescriptor(dn: string, octets: Buffer): SecurityDescriptor {
  return decoded(dn, "nTSecurityDescriptor", () => {
    const descriptor = parseDescriptor(octets);
    descriptor.dacl?.aces.forEach(readAce);
    return descriptor;
  });
}

function parseAcl(octets: Buffer): AccessList {
  const aces: Buffer[] = [];
  let offset = 8;
  for (let count = octets.readUInt16LE(4); count > 0; count -= 1) {
    const size = octets.readUInt16LE(offset + 2);
    if (size < 4 || offset + size > octets.length) throw new RangeError("an access list entry is cut off");
    aces.push(Buffer.from(octets.subarray(offset, offset + size)));
    offset += size;
  }
  return { revision: octets.readUInt8(0), aces };
}

/** Writes a self-relative security descriptor: audit list, access list, owner, group. */
export function serializeDescriptor(descriptor: SecurityDescriptor): Buffer {
  const { owner, group, sacl, dacl } = descriptor;
  const header = Buffer.alloc(headerLength);
  header.writeUInt8(1, 0);
  header.writeUInt8(descriptor.resourceManager, 1);
  const present = (sacl ? saclPresent : 0) | (dacl ? daclPresent : 0) | selfRelative;
  header.writeUInt16LE(descriptor.control | present, 2);
  const parts: Buffer[] = [header];
  let offset = headerLength;
  const append = (position: number, octets: Buffer | undefined) => {
    if (octets === undefined) return;
    header.writeUInt32LE(offset, position);
    parts.push(octets);
    offset += octets.length;
  };
  append(12, sacl);
  append(16, dacl && serializeAcl(dacl));
  append(4, owner);
  append(8, group);
  return Buffer.concat(parts);
}

function serializeAcl({ revision, aces }: AccessList): Buffer {
  const header = Buffer.alloc(8);
  const body = Buffer.concat(aces);
  if (body.length + 8 > 0xffff) throw new RangeError("the access list is full: 64 KB");
  header.writeUInt8(revision, 0);
  header.writeUInt16LE(8 + body.length, 2);
  header.writeUInt16LE(aces.length, 4);
  return Buffer.concat([header, body]);
}

/** What an entry says; undefined for the kinds that neither allow nor deny (audit, conditional and so on). */
export function readAce(octets: AceOctets): Ace | undefined {
  const type = octets.readUInt8(0);
  const base = {
    allow: type === 0x00 || type === 0x05,
    flags: octets.readUInt8(1),
    mask: octets.readUInt32LE(4),
  };
  if (type === 0x00 || type === 0x01) return { ...base, sid: sidText(octets.subarray(8)) };
  if (type !== 0x05 && type !== 0x06) return undefined;
  const present = octets.readUInt32LE(8);
  const guidAt = (offset: number) => guidText(octets.subarray(offset, offset + 16));
  const objectType = present & 1 ? guidAt(12) : undefined;
  const second = 12 + (present & 1 ? 16 : 0);
  const inheritedObjectType = present & 2 ? guidAt(second) : undefined;
  return {
    ...base,
    ...defined({ objectType, inheritedObjectType }),
    sid: sidText(octets.subarray(second + (present & 2 ? 16 : 0))),
  };
}

/** An entry's octets. @throws RangeError where a GUID or SID is none */
export function writeAce(ace: Ace): AceOctets {
  const guids = [ace.objectType, ace.inheritedObjectType].map((text) => {
    if (text === undefined) return undefined;
    const octets = guidOctets(text);
    if (octets === undefined) throw new RangeError(`${text} is not a GUID`);
    return octets;
  });
  const object = guids.some((guid) => guid !== undefined);
  const header = Buffer.alloc(object ? 12 : 8);
  header.writeUInt8((object ? 0x05 : 0x00) + (ace.allow ? 0 : 1), 0);
  header.writeUInt8(ace.flags, 1);
  header.writeUInt32LE(ace.mask >>> 0, 4);
  if (object) header.writeUInt32LE((guids[0] ? 1 : 0) | (guids[1] ? 2 : 0), 8);
  const octets = Buffer.concat([header, ...guids.filter((guid) => guid !== undefined), sidOctets(ace.sid)]);
  octets.writeUInt16LE(octets.length, 2);
  return octets;
}

/** A SID's text, `S-1-5-21-…` (MS-DTYP 2.4.2). @throws RangeError where it is cut off */
export function sidText(octets: Uint8Array): string {
  const bytes = Buffer.from(octets);
  const count = bytes.readUInt8(1);
  const authority = bytes.readUIntBE(2, 6);
  const parts = Array.from({ length: count }, (_, index) => bytes.readUInt32LE(8 + 4 * index));
  return ["S", bytes.readUInt8(0), authority, ...parts].join("-");
}

/** A SID's octets. @throws RangeError where the text is no SID */
export function sidOctets(text: string): Buffer {
  const match = /^S-1-(\d{1,15})((?:-\d{1,10}){0,15})$/i.exec(text);
  if (match?.[1] === undefined) throw new RangeError(`${text} is not a security identifier`);
  const parts = (match[2] ?? "")
    .split("-")
    .filter((part) => part !== "")
    .map(Number);
  const octets = Buffer.alloc(8 + 4 * parts.length);
  octets.writeUInt8(1, 0);
  octets.writeUInt8(parts.length, 1);
  octets.writeUIntBE(Number(match[1]), 2, 6);
  parts.forEach((part, index) => {
    octets.writeUInt32LE(part, 8 + 4 * index);
  });
  return octets;
}

/** A list with one more entry, in canonical order: after the other explicit ones, before the inherited ones. */
export function withAce(list: AccessList, ace: Ace): AccessList {
  const added = writeAce(ace);
  const inherited = list.aces.findIndex((octets) => (octets.readUInt8(1) & aceFlags.inherited) !== 0);
  const denies = list.aces.findIndex((octets) => readAce(octets)?.allow === true);
  const place = ace.allow ? inherited : denies < 0 ? inherited : denies;
  const position = place < 0 ? list.aces.length : place;
  return {
    revision: ace.objectType === undefined && ace.inheritedObjectType === undefined ? list.revision : 4,
    aces: list.aces.toSpliced(position, 0, added),
  };
}

/** A list without the explicit entries that are octet for octet the given one. */
export function withoutAce(list: AccessList, ace: Ace): AccessList {
  const gone = writeAce(ace);
  return { ...list, aces: list.aces.filter((octets) => !octets.equals(gone)) };
}

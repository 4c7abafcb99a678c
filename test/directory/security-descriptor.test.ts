import * as fc from "fast-check";
import { guidOctets, guidText } from "../../src/on-premises/directory/guid.js";
import {
  type Ace,
  aceFlags,
  parseDescriptor,
  readAce,
  serializeDescriptor,
  sidOctets,
  sidText,
  withAce,
  withoutAce,
  writeAce,
} from "../../src/on-premises/directory/security-descriptor.js";

const guid = fc.uuid();
const sid = fc
  .array(fc.integer({ min: 0, max: 0xffff_ffff }), { minLength: 0, maxLength: 15 })
  .map((parts) => ["S-1-5", ...parts].join("-"));
const ace: fc.Arbitrary<Ace> = fc
  .tuple(
    fc.boolean(),
    fc.integer({ min: 0, max: 255 }),
    fc.integer({ min: 0, max: 0x7fff_ffff }),
    fc.option(guid),
    fc.option(guid),
    sid,
  )
  .map(([allow, flags, mask, objectType, inheritedObjectType, who]) => ({
    allow,
    flags,
    mask,
    ...(objectType !== null && { objectType }),
    ...(inheritedObjectType !== null && { inheritedObjectType }),
    sid: who,
  }));
const descriptor = fc
  .tuple(
    fc.array(ace, { maxLength: 8 }),
    fc.boolean(),
    fc.option(sid),
    fc.option(sid),
    fc.option(fc.array(ace, { maxLength: 2 })),
  )
  .map(([aces, hasList, owner, group, audit]) => {
    const inner =
      audit === null
        ? undefined
        : serializeDescriptor({
            control: 0,
            resourceManager: 0,
            dacl: { revision: 4, aces: audit.map(writeAce) },
          }).subarray(20);
    return {
      control: 0x8400 | (hasList ? 4 : 0) | (inner ? 0x10 : 0),
      resourceManager: 0,
      ...(owner !== null && { owner: sidOctets(owner) }),
      ...(group !== null && { group: sidOctets(group) }),
      ...(inner && { sacl: inner }),
      ...(hasList && { dacl: { revision: 4, aces: aces.map(writeAce) } }),
    };
  });

describe("security descriptors", () => {
  it("come back as they were written", () => {
    fc.assert(
      fc.property(descriptor, (given) => {
        const octets = serializeDescriptor(given);
        expect(parseDescriptor(octets)).toEqual(given);
        expect(serializeDescriptor(parseDescriptor(octets))).toEqual(octets);
      }),
      { numRuns: 200 },
    );
  });

  it("keep every entry's meaning", () => {
    fc.assert(
      fc.property(ace, (given) => {
        expect(readAce(writeAce(given))).toEqual(given);
      }),
      { numRuns: 200 },
    );
  });

  it("are refused when cut off, and never read beyond their end", () => {
    fc.assert(
      fc.property(descriptor, fc.nat(), (given, cut) => {
        const octets = serializeDescriptor(given);
        const short = octets.subarray(0, cut % octets.length);
        expect(() => parseDescriptor(Buffer.from(short))).toThrow(
          /out of range|outside buffer bounds|cut off|not a self-relative/,
        );
      }),
      { numRuns: 200 },
    );
  });

  it("write the entry Microsoft's tools show as (OA;CIIO;WP;f0f8ff9f-…;bf967aba-…;…)", () => {
    const octets = writeAce({
      allow: true,
      flags: aceFlags.containerInherit | aceFlags.inheritOnly,
      mask: 0x20,
      objectType: "f0f8ff9f-1191-11d0-a060-00aa006c33ed",
      inheritedObjectType: "bf967aba-0de6-11d0-a285-00aa003049e2",
      sid: "S-1-5-21-1-2-3-1104",
    });
    expect(octets.toString("hex")).toBe(
      "050a4800" +
        "20000000" +
        "03000000" +
        "9ffff8f09111d011a06000aa006c33ed" +
        "ba7a96bfe60dd011a28500aa003049e2" +
        "0105000000000005" +
        "15000000" +
        "01000000" +
        "02000000" +
        "03000000" +
        "50040000",
    );
  });

  it("put an allow after the explicit denies and before what is inherited, and take just it out again", () => {
    const entry = (allow: boolean, flags: number): Ace => ({ allow, flags, mask: 0x10, sid: "S-1-5-18" });
    const added: Ace = { ...entry(true, 0), objectType: "f0f8ff9f-1191-11d0-a060-00aa006c33ed" };
    const list = {
      revision: 2,
      aces: [entry(false, 0), entry(true, 0), entry(true, aceFlags.inherited)].map(writeAce),
    };
    const edited = withAce(list, added);
    expect(edited.revision).toBe(4);
    expect(edited.aces.map(readAce)).toEqual([
      entry(false, 0),
      entry(true, 0),
      added,
      entry(true, aceFlags.inherited),
    ]);
    expect(withoutAce(edited, added).aces).toEqual(list.aces);
  });
});

describe("identifiers", () => {
  it("GUIDs and SIDs come back as they were written", () => {
    fc.assert(
      fc.property(guid, sid, (text, who) => {
        expect(guidText(guidOctets(text) ?? Buffer.alloc(0))).toBe(text);
        expect(sidText(sidOctets(who))).toBe(who);
      }),
      { numRuns: 200 },
    );
  });

  it("a GUID's first three groups are little-endian", () => {
    expect(guidOctets("{00112233-4455-6677-8899-AABBCCDDEEFF}")?.toString("hex")).toBe(
      "33221100554477668899aabbccddeeff",
    );
    expect(guidOctets("00112233-4455-6677-8899")).toBeUndefined();
    expect(guidText(Buffer.alloc(15))).toBeUndefined();
  });
});

import { Ber, type BerWriter, Control } from "ldapts";

/** LDAP_SERVER_PERMISSIVE_MODIFY_OID: adding a present value or deleting an absent one succeeds (MS-ADTS 3.1.1.3.4.1.8). */
export const permissiveModifyOid = "1.2.840.113556.1.4.1413";
/** LDAP_SERVER_SD_FLAGS_OID: which parts of nTSecurityDescriptor are read or written (MS-ADTS 3.1.1.3.4.1.11). */
export const sdFlagsOid = "1.2.840.113556.1.4.801";

function valueControl(oid: string, value: Buffer): Control {
  // Here, not beside it: to extend the library's class at once would load the library in every run.
  const ValueControl = class extends Control {
    protected override writeControl(writer: BerWriter): void {
      if (value.length > 0) writer.writeBuffer(value, Ber.OctetString);
    }
  };
  return new ValueControl(oid, { critical: true });
}

/** Makes a modify forgiving; not for compare-and-set, which it would silently turn into an overwrite. */
export function permissiveModify(): Control {
  return valueControl(permissiveModifyOid, Buffer.alloc(0));
}

/** Only the discretionary access list of a security descriptor: neither owner, group nor audit list. */
export function daclOnly(): Control {
  return valueControl(sdFlagsOid, Buffer.from([0x30, 0x03, 0x02, 0x01, 0x04]));
}

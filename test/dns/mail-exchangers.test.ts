import { goesTo, isProofMx, sameMail, spfGap, touches } from "../../src/dns/index.js";

const tenant = ["0 contoso-com.mail.protection.outlook.com", "10 contoso-com.e-v1.mx.microsoft"];
const proof = "32767 ms12345678.msv1.invalid";

describe("where an MX set sends mail", () => {
  test.each([
    { values: ["5 CONTOSO-com.e-v1.mx.microsoft."], all: true, some: true },
    { values: ["0 contoso-com.mail.protection.outlook.com", "20 mail.contoso.com"], all: false, some: true },
    { values: ["10 mail.contoso.com"], all: false, some: false },
    { values: [], all: false, some: false },
  ])("$values: all of it to the tenant $all, some of it $some", ({ values, all, some }) => {
    expect([goesTo(values, tenant), touches(values, tenant)]).toEqual([all, some]);
  });

  test("a proof of ownership takes no mail", () => {
    expect(isProofMx(proof)).toBe(true);
    expect(sameMail(["10 mail.contoso.com", proof], ["10 mail.contoso.com"])).toBe(true);
    expect(sameMail(["10 mail.contoso.com"], ["20 mail.contoso.com"])).toBe(false);
  });
});

describe("an SPF policy, once users send from Exchange Online", () => {
  const named = "v=spf1 include:spf.protection.outlook.com -all";
  test.each([
    { policy: "v=spf1 mx -all", lacks: true },
    { policy: "v=spf1 mx ~all", lacks: true },
    { policy: "v=spf1 mx INCLUDE:spf.protection.outlook.com -all", lacks: false },
    { policy: "v=spf1 mx ?all", lacks: false },
    { policy: "v=spf1 redirect=_spf.contoso.com", lacks: false },
  ])("$policy lacks its servers: $lacks", ({ policy, lacks }) => {
    const problems = spfGap([policy], "contoso.com", named);
    expect(problems).toHaveLength(lacks ? 1 : 0);
    if (lacks) expect(problems[0]?.reason).toContain("does not name include:spf.protection.outlook.com");
  });

  test("a domain without a policy lacks nothing", () => {
    expect(spfGap([], "contoso.com", named)).toEqual([]);
  });
});

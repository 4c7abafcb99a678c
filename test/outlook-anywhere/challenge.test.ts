import fc from "fast-check";
import { ntlmTokenOf, offers, schemesOf } from "../../src/on-premises/outlook-anywhere/challenge.js";

test.each<[string, string[], string[]]>([
  [
    "one a line, as IIS sends them",
    ["Negotiate", "NTLM", 'Basic realm="mail"'],
    ["Negotiate", "NTLM", "Basic"],
  ],
  ["joined in one line", ['Basic realm="a, NTLM b", NTLM'], ["Basic", "NTLM"]],
  ["several parameters", ['Digest realm="x", nonce="y", qop="auth", Basic realm="z"'], ["Digest", "Basic"]],
  ["spaces around the equals sign", ['Basic realm = "x", charset = "UTF-8"'], ["Basic"]],
  ["a token after the scheme", ["NTLM TlRMTVNTUAAC", "Negotiate YII="], ["NTLM", "Negotiate"]],
  ["the same scheme twice in different case", ["basic realm=a", "Basic realm=b"], ["basic"]],
  ["an unfinished quote", ['Basic realm="x'], ["Basic"]],
  ["nothing", ["", " , "], []],
])("schemes are read from %s", (_, values, schemes) => {
  expect(schemesOf(values)).toEqual(schemes);
});

test("offering knows no case", () => {
  expect([offers(["ntlm"], "NTLM"), offers(["Negotiate"], "NTLM"), offers(["BASIC"], "Basic")]).toEqual([
    true,
    false,
    true,
  ]);
});

test("the NTLM token is read only from an NTLM challenge", () => {
  expect(ntlmTokenOf(["Negotiate YWJj", "NTLM", "ntlm TlRMTQ=="])).toBe("TlRMTQ==");
  expect(ntlmTokenOf(["NTLM", "Basic realm=x"])).toBeUndefined();
});

test("whatever a realm holds, the schemes around it are found", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (realm) => {
      const quoted = realm.replace(/[\\"]/g, (character) => `\\${character}`);
      expect(schemesOf([`Basic realm="${quoted}", NTLM`])).toEqual(["Basic", "NTLM"]);
    }),
    { numRuns: 300 },
  );
});

import fc from "fast-check";
import {
  autodiscoverRequest,
  readAutodiscover,
} from "../../src/on-premises/outlook-anywhere/autodiscover-xml.js";

const outlook = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

function response(account: string, prefix = ""): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?>\n<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">` +
    `<Response xmlns="${outlook}">${prefix}${account}</Response></Autodiscover>`
  );
}

const exch =
  "<Protocol><Type>EXCH</Type><Server>EX07.corp.contoso.com</Server><MdbDN>/o=Contoso</MdbDN></Protocol>";

test("the settings of Exchange 2007 are read: RPC proxy, authentication, principal, Exchange server", () => {
  const body = response(
    `<User><DisplayName>A &amp; B</DisplayName></User><Account><AccountType>email</AccountType><Action>settings</Action>${exch}` +
      "<Protocol><Type>EXPR</Type><Server> mail.contoso.com\n</Server><SSL>On</SSL><AuthPackage>Basic</AuthPackage>" +
      "<CertPrincipalName>msstd:*.contoso.com</CertPrincipalName><OOFUrl>https://mail/ews?a=1&amp;b=2</OOFUrl></Protocol>" +
      "<Protocol><Type>WEB</Type><External><Protocol><Type>EXPR</Type><ASUrl>https://x</ASUrl></Protocol></External></Protocol>" +
      "</Account>",
  );
  expect(readAutodiscover(body)).toEqual({
    kind: "settings",
    exchangeServer: "ex07.corp.contoso.com",
    proxy: {
      server: "mail.contoso.com",
      ssl: true,
      authPackage: "Basic",
      certPrincipalName: "msstd:*.contoso.com",
    },
  });
});

test.each<[string, string, unknown]>([
  [
    "no Outlook Anywhere",
    response(`<Account><Action>settings</Action>${exch}</Account>`),
    { kind: "settings", exchangeServer: "ex07.corp.contoso.com" },
  ],
  [
    "SSL off",
    response("<Account><Protocol><Type>EXPR</Type><Server>m.x</Server><SSL>Off</SSL></Protocol></Account>"),
    { kind: "settings", proxy: { server: "m.x", ssl: false } },
  ],
  [
    "an empty protocol",
    response(`<Account><Protocol/>${exch}</Account>`),
    { kind: "settings", exchangeServer: "ex07.corp.contoso.com" },
  ],
  [
    "a server that is no host name",
    response("<Account><Protocol><Type>EXPR</Type><Server>a b\r\nHost: c</Server></Protocol></Account>"),
    { kind: "settings" },
  ],
  [
    "a redirect to another address",
    response("<Account><Action>redirectAddr</Action><RedirectAddr>a@fabrikam.com</RedirectAddr></Account>"),
    { kind: "redirect-address", address: "a@fabrikam.com" },
  ],
  [
    "a redirect to another server",
    response(
      "<Account><Action>redirectUrl</Action><RedirectUrl>https://ad.fabrikam.com/autodiscover/autodiscover.xml</RedirectUrl></Account>",
    ),
    { kind: "redirect-url", url: "https://ad.fabrikam.com/autodiscover/autodiscover.xml" },
  ],
  [
    "an error",
    response(
      '<Error Time="1" Id="2"><ErrorCode>500</ErrorCode><Message>The e-mail address cannot be found.</Message><DebugData/></Error>',
    ),
    { kind: "error", code: "500", message: "The e-mail address cannot be found." },
  ],
  [
    "a web page",
    "<html><body><p>Welcome</body></html>",
    { kind: "unreadable", reason: "not well-formed XML" },
  ],
  [
    "another document",
    "<feed><entry/></feed>",
    { kind: "unreadable", reason: "not an Autodiscover response (Autodiscover)" },
  ],
  ["nothing", "", { kind: "unreadable", reason: expect.any(String) }],
  ["an empty response", response(""), { kind: "unreadable", reason: expect.any(String) }],
  [
    "entities of its own",
    `<!DOCTYPE a [<!ENTITY e "x">]>${response("<Account/>")}`,
    { kind: "unreadable", reason: "a document type definition" },
  ],
])("%s is told for what it is", (_, body, answer) => {
  expect(readAutodiscover(body)).toEqual(answer);
});

test("the request uses the namespaces that servers know, and escapes the address", () => {
  const body = autodiscoverRequest("o'neil&co@contoso.com");
  expect(body).toContain("<EMailAddress>o'neil&amp;co@contoso.com</EMailAddress>");
  expect(body).toContain(`<AcceptableResponseSchema>${outlook}</AcceptableResponseSchema>`);
  expect(body).toContain(
    'xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"',
  );
});

test("no body, however odd, makes the reader throw", () => {
  const tag = fc.constantFrom(
    "Autodiscover",
    "Response",
    "Account",
    "Protocol",
    "Error",
    "Type",
    "Server",
    "__proto__",
  );
  const tree = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom("", "EXPR", "&amp;", "&#x110000;", "<![CDATA[x]]>", "<!--"),
      fc
        .tuple(tag, fc.array(tie("node"), { maxLength: 3 }))
        .map(([name, inner]) => `<${name}>${inner.join("")}</${name}>`),
    ),
  })).node;
  const kinds = ["settings", "redirect-address", "redirect-url", "error", "unreadable"];
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        tree,
        tree.map((inner) => response(`<Account>${inner}</Account>`)),
      ),
      (body) => {
        expect(kinds).toContain(readAutodiscover(body).kind);
      },
    ),
    { numRuns: 400 },
  );
});

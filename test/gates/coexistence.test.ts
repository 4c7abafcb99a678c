import { askCoexistence } from "../../src/migration/gates/coexistence.js";
import { gateQuestion } from "../../src/migration/gates/reads-of-gates.js";
import { parsePlan } from "../../src/plan/index.js";
import { sessionWith } from "../cloud/session.js";
import { smallPlan } from "../engine/rehearsal.js";
import { type Reply, scriptedPort } from "../exchange/scripted-port.js";

/** What the gate says of an organization with these answers. */
async function ask(answers: Readonly<Record<string, Reply>>) {
  const { port } = scriptedPort(({ cmdlet }) => answers[cmdlet] ?? []);
  const plan = parsePlan(smallPlan);
  return askCoexistence(
    gateQuestion(
      { ...plan, stage: "migrate", observed: { zone: plan.domain } },
      {
        root: ".",
        stack: "test",
        session: sessionWith({ exchange: port }),
        secret: () => undefined,
        progress: () => undefined,
      },
    ),
  );
}

const domain = (DomainType: string) => [{ DomainName: "contoso.com", DomainType }];
const connector = (Enabled: boolean, ConnectorType = "OnPremises") => [
  { Name: "From on premises", Enabled, ConnectorType },
];

describe("mail between the two sides", () => {
  test("would bounce with RejectDirectSend and no connector: refused, with the remedy", async () => {
    for (const connectors of [[], connector(false), connector(true, "Partner")]) {
      const { problems } = await ask({
        "Get-OrganizationConfig": [{ RejectDirectSend: true }],
        "Get-InboundConnector": connectors,
        "Get-AcceptedDomain": domain("InternalRelay"),
      });
      expect(problems).toMatchObject([
        {
          code: "direct-send-rejected",
          hint: expect.stringMatching(/New-InboundConnector.*RejectDirectSend \$false/),
        },
      ]);
    }
  });

  test("passes a connector, and the throttling of out-of-date servers is warned about", async () => {
    const { problems, warnings } = await ask({
      "Get-OrganizationConfig": [{ RejectDirectSend: "True" }],
      "Get-InboundConnector": connector(true),
      "Get-AcceptedDomain": domain("InternalRelay"),
    });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/From on premises.*New-TenantExemptionInfo/)]);
  });

  test("bounces from an Authoritative domain for addresses without an object: a warning with the remedy", async () => {
    const { problems, warnings } = await ask({ "Get-AcceptedDomain": domain("Authoritative") });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/Set-AcceptedDomain -Identity contoso\.com -DomainType InternalRelay/),
    ]);
  });

  test("is in order at an InternalRelay domain, and that is said", async () => {
    const { facts, warnings } = await ask({ "Get-AcceptedDomain": domain("InternalRelay") });
    expect([facts, warnings]).toEqual([["contoso.com is InternalRelay"], []]);
  });

  test("is not judged where the account may not ask, and that is said", async () => {
    const { problems, warnings } = await ask({
      "Get-OrganizationConfig": "unauthorized",
      "Get-InboundConnector": "unauthorized",
      "Get-AcceptedDomain": domain("InternalRelay"),
    });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^Get-OrganizationConfig may not be asked/),
      expect.stringMatching(/^Get-InboundConnector may not be asked/),
    ]);
  });
});

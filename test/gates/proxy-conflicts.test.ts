import type { GraphUser } from "../../src/microsoft365/graph/index.js";
import { proxyConflictProblems } from "../../src/migration/gates/proxy-conflicts.js";
import { sameUserProblems, synchronizationProblems } from "../../src/migration/gates/tenant.js";
import { usersByAddress } from "../../src/migration/license-plan.js";

function user(userPrincipalName: string, more: Partial<GraphUser> = {}): GraphUser {
  return {
    id: userPrincipalName,
    userPrincipalName,
    mail: undefined,
    proxyAddresses: [],
    usageLocation: "US",
    synchronized: true,
    accountEnabled: true,
    licenses: [],
    licenseStates: [],
    createdAt: undefined,
    provisioningErrors: [],
    ...more,
  };
}

const waves = [
  { wave: "wave1", addresses: ["ann@contoso.com", "bob@contoso.com"] },
  { wave: "wave2", addresses: ["cleo@contoso.com"] },
];

describe("addresses that several users of the tenant hold", () => {
  test("are named with all who hold them, whatever the case and the kind of the address", () => {
    const problems = proxyConflictProblems(
      [
        user("ann@contoso.com", { mail: "Ann@contoso.com", proxyAddresses: ["SMTP:ann@contoso.com"] }),
        user("old.ann@contoso.com", { proxyAddresses: ["smtp:ANN@contoso.com"] }),
        user("bob@contoso.com"),
        user("cleo@contoso.com"),
        user("other@contoso.com", { mail: "cleo@contoso.com" }),
      ],
      waves,
    );
    expect(problems).toMatchObject([
      {
        code: "user-proxy-conflict",
        subject: "wave wave1",
        reason: expect.stringMatching(/^1 .*: ann@contoso\.com \(ann@contoso\.com, old\.ann@contoso\.com\)$/),
      },
      {
        subject: "wave wave2",
        reason: expect.stringMatching(/: cleo@contoso\.com \(cleo@contoso\.com, other@contoso\.com\)$/),
      },
    ]);
  });

  test("are none where one user holds an address several times, or the address is of no wave", () => {
    const problems = proxyConflictProblems(
      [
        user("ann@contoso.com", {
          mail: "ann@contoso.com",
          proxyAddresses: ["SMTP:ann@contoso.com", "smtp:shared@contoso.com"],
        }),
        user("bob@contoso.com", { proxyAddresses: ["smtp:shared@contoso.com", "X500:ann@contoso.com"] }),
      ],
      waves,
    );
    expect(problems).toEqual([]);
  });
});

test("a synchronization conflict is told with the attribute and the value", () => {
  const ann = user("ann@contoso.com", {
    provisioningErrors: [{ property: "ProxyAddresses", value: "smtp:ann@contoso.com" }],
  });
  expect(
    synchronizationProblems(new Map([["ann@contoso.com", ann]]), {
      wave: "wave1",
      addresses: ["ann@contoso.com"],
    }),
  ).toMatchObject([
    {
      code: "user-provisioning-error",
      reason: expect.stringMatching(/: ann@contoso\.com \(ProxyAddresses smtp:ann@contoso\.com\)$/),
    },
  ]);
});

describe("rows of lists and the users of the tenant", () => {
  const ann = user("ann@contoso.com", {
    proxyAddresses: ["SMTP:ann@contoso.com", "smtp:annie@contoso.com"],
  });
  const bob = user("bob@contoso.com", {
    proxyAddresses: ["SMTP:bob@contoso.onmicrosoft.com", "smtp:bob@contoso.com"],
  });
  const users = usersByAddress([ann, bob]);

  test("two rows of one user are refused, in one list or in two", () => {
    const lists = [
      { wave: "wave1", addresses: ["ann@contoso.com", "bob@contoso.com"] },
      { wave: "wave2", addresses: ["annie@contoso.com"] },
    ];
    expect(sameUserProblems(users, lists)).toMatchObject([
      {
        code: "user-listed-twice",
        subject: "wave wave2",
        reason: "ann@contoso.com (wave1) and annie@contoso.com (wave2) are one user of the tenant",
      },
    ]);
    expect(sameUserProblems(users, lists.slice(0, 1))).toEqual([]);
  });

  test("an alias is refused with the primary address beside it; a primary in the tenant's own domain says nothing", () => {
    const list = { wave: "wave1", addresses: ["annie@contoso.com", "bob@contoso.com"] };
    expect(synchronizationProblems(users, list)).toMatchObject([
      {
        code: "user-address-not-primary",
        reason: "1 address is not the primary one of its user: annie@contoso.com (ann@contoso.com)",
      },
    ]);
  });
});

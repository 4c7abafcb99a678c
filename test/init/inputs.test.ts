import { askInputs, type Inputs, inputMistakes, neededInputs } from "../../src/cli/init/index.js";

test("asks only what is missing, and again until the answer is right", async () => {
  const answers = ["contoso", "6f2e8f0c-9a3b-4d51-8f6e-2b7a1c0d9e34", "CONTOSO\\migadmin", " dns "];
  const asked: string[] = [];
  const complaints: string[] = [];
  const given: Inputs = { domain: "contoso.com", testMailbox: "pilarp@contoso.com" };
  const inputs = await askInputs(
    given,
    neededInputs("azure"),
    async (question) => {
      asked.push(question);
      return answers[asked.length - 1] ?? "";
    },
    (mistake) => complaints.push(mistake),
  );
  expect(asked.map((question) => question.split(" ")[0])).toEqual(["Directory", "Directory", "The", "The"]);
  expect(complaints).toEqual([expect.stringContaining("must be a GUID")]);
  expect(inputs).toEqual({
    ...given,
    tenant: answers[1],
    account: "CONTOSO\\migadmin",
    resourceGroup: "dns",
  });
});

test.each([
  ["cloudflare", "--zone-id"],
  ["azure", "--resource-group"],
] as const)("%s needs %s beside what every plan needs", (host, flag) => {
  expect(inputMistakes({}, neededInputs(host))).toEqual([
    ...inputMistakes({}, neededInputs("manual")),
    expect.stringContaining(`${flag} is missing`),
  ]);
});

test.each(["cloudflare", "azure", "manual"] as const)("a flag of %s has its input's name", (host) => {
  for (const { name, flag } of neededInputs(host))
    expect(flag).toMatch(
      new RegExp(`^--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} <`),
    );
});

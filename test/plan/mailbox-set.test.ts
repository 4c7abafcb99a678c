import { everyMailbox, MailboxSet } from "../../src/plan/mailbox-set.js";

const some = MailboxSet.ofAddresses("contoso.com", [
  "Bert@Contoso.com",
  "anna@contoso.com",
  "bert@contoso.com",
]);

test("has each mailbox once, in order, by its local part whatever the case of its address", () => {
  expect([...some]).toEqual(["anna", "bert"]);
  expect(some.size).toBe(2);
  expect(some.has("anna")).toBe(true);
  expect(some.addresses("contoso.com")).toEqual(["anna@contoso.com", "bert@contoso.com"]);
});

test("keeps a mailbox of another domain by its whole address, one that only begins alike included", () => {
  const others = MailboxSet.ofAddresses("contoso.com", ["carla@contoso.com.au", "carla@fabrikam.com"]);
  expect([...others]).toEqual(["carla@contoso.com.au", "carla@fabrikam.com"]);
  expect(others.addresses("contoso.com")).toEqual(["carla@contoso.com.au", "carla@fabrikam.com"]);
});

test("comes back from state as it went there, and a damaged text is refused by its subject's name", () => {
  expect(MailboxSet.ofLines(some.lines(), "wave1").equals(some)).toBe(true);
  expect([...MailboxSet.ofLines(undefined, "wave1")]).toEqual([]);
  expect(() => MailboxSet.ofLines("bert\nanna", "wave wave1")).toThrow(
    /^wave wave1: has names .* cannot be read/,
  );
});

test("tells who is in both, in one alone, and in either", () => {
  const other = MailboxSet.ofNames(["bert", "dora"]);
  expect([...some.and(other)]).toEqual(["bert"]);
  expect([...some.minus(other)]).toEqual(["anna"]);
  expect([...some.plus(other)]).toEqual(["anna", "bert", "dora"]);
  expect(some.minus(some).equals(MailboxSet.none)).toBe(true);
  expect([...everyMailbox({ wave1: some, "wave1-2": other })]).toEqual(["anna", "bert", "dora"]);
  expect([...everyMailbox({})]).toEqual([]);
});

import { posix, win32 } from "node:path";
import {
  backendUrl,
  folderOfUrl,
  foldersOn,
  isIn,
  joinAsWritten,
  programFile,
  whereFirst,
  withFirstOnPath,
} from "../../src/base/platform.js";
import { ownFile } from "../../src/migration/own-files.js";
import { inPlace, located, placeOf } from "../../src/snapshots/place.js";

// There is no Windows where these tests run: what is computed for it is held to tables.

test.each([
  [posix, "/home/mail/lists", "/home/mail", true],
  [posix, "/home/mail", "/home/mail", true],
  [posix, "/home/mail", "/", true],
  [posix, "/home/mailbox", "/home/mail", false],
  [posix, "/home/Mail", "/home/mail", false],
  [posix, "/home/mail/..lists", "/home/mail", true],
  [posix, "/home", "/home/mail", false],
  [win32, "C:\\Mail\\lists", "C:\\Mail", true],
  [win32, "c:\\mail\\Lists", "C:\\Mail", true],
  [win32, "C:\\Mail", "C:\\", true],
  [win32, "C:\\Mailbox", "C:\\Mail", false],
  [win32, "D:\\Mail\\lists", "C:\\Mail", false],
  [win32, "\\\\server\\share\\mail", "\\\\server\\share", true],
  [win32, "\\\\other\\share\\mail", "\\\\server\\share", false],
])("%# %s: whether it is in %s", (paths, path, folder, expected) => {
  expect(isIn(path, folder, paths)).toBe(expected);
});

test.each([
  [posix, "/home/Umzug #1, 100 %41", "file:///home/Umzug%20%231,%20100%20%2541"],
  [posix, "/home/a\\b", "file:///home/a%5Cb"],
  // Pulumi strips `file://` and takes the rest for a path: a slash before the drive would be a folder of the present drive.
  [win32, "C:\\Mail\\Köln #1", "file://C:/Mail/K%C3%B6ln%20%231"],
  [win32, "\\\\server\\share\\mail", "file://server/share/mail"],
])("%# a folder is named as Pulumi takes it for a backend: %s", (paths, folder, url) => {
  expect(backendUrl(folder, paths)).toBe(url);
});

describe("what goes into a plan, a state or a report is the same whichever machine writes it", () => {
  test.each([
    ["snapshots", "snapshots/wave1.jsonl"],
    ["../kept/", "../kept/wave1.jsonl"],
    ["/var/lib/mail stage", "/var/lib/mail stage/wave1.jsonl"],
    ["C:\\mail", "C:\\mail\\wave1.jsonl"],
    ["\\\\server\\share\\mail", "\\\\server\\share\\mail\\wave1.jsonl"],
  ])("a file in %s", (folder, file) => {
    expect(joinAsWritten(folder, "wave1.jsonl")).toBe(file);
    expect(inPlace(folder, "wave1.jsonl")).toBe(file);
  });

  test.each([
    ["file:///var/lib/mail%20stage", "/var/lib/mail stage"],
    ["file:///C:/mail%20stage", "C:\\mail stage"],
  ])("the folder of %s", (url, folder) => {
    expect(folderOfUrl(url)).toBe(folder);
  });

  test("a stack's snapshots and reports", () => {
    expect(placeOf(undefined, "production", {})).toBe("snapshots/production");
    expect(placeOf("file:///C:/mail", "production", {})).toBe("C:\\mail\\production");
    expect(ownFile({ root: "C:\\mail", stack: "production" }, "reports", "wave1-errors.csv")).toBe(
      ".mailstage/reports/production/wave1-errors.csv",
    );
  });
});

test.each([
  [posix, "/work", "snapshots/production", "/work/snapshots/production"],
  [posix, "/work", "/var/lib/mail", "/var/lib/mail"],
  [win32, "C:\\work", "snapshots/production", "C:\\work\\snapshots\\production"],
  [win32, "C:\\work", "D:\\mail\\production", "D:\\mail\\production"],
  [win32, "C:\\work", "azblob://state/production", "azblob://state/production"],
])("%# what is written is found on the machine: %s, %s", (paths, root, file, place) => {
  expect(located(root, file, paths)).toBe(place);
});

test.each([
  [posix, { PATH: "/usr/bin:/bin", A: "1" }, { PATH: "/opt/pulumi:/usr/bin:/bin", A: "1" }, "/opt/pulumi"],
  [posix, { Path: "kept" }, { Path: "kept", PATH: "/opt/pulumi" }, "/opt/pulumi"],
  [win32, { Path: "C:\\Windows;C:\\Node" }, { PATH: "C:\\pulumi;C:\\Windows;C:\\Node" }, "C:\\pulumi"],
])("%# a folder comes first on the search path, which has one name", (paths, before, after, folder) => {
  expect(withFirstOnPath(before, folder, paths)).toEqual(after);
});

test.each([
  [posix, "/npm:/bin:/opt:/usr/bin", "/opt", "/bin:/opt:/npm:/usr/bin"],
  [posix, "/opt:/npm:/bin", "/opt", "/opt:/npm:/bin"],
  [
    posix,
    "/npm:/bin",
    "/home/ann/.pulumi/versions/3.265.0/bin",
    "/home/ann/.pulumi/versions/3.265.0/bin:/npm:/bin",
  ],
  [posix, undefined, "/opt", "/opt"],
  [win32, "C:\\npm;C:\\Windows;C:\\opt", "C:\\opt", "C:\\Windows;C:\\opt;C:\\npm"],
])(
  "%# what has the same program comes behind the folder that is meant: %s, %s",
  (paths, path, folder, after) => {
    expect(whereFirst(path, { folder, has: (other) => other.endsWith("npm") }, paths)).toBe(after);
  },
);

test("programs and search paths are named as the machine does", () => {
  expect(programFile("pulumi", posix)).toBe("pulumi");
  expect(programFile("pulumi", win32)).toBe("pulumi.exe");
  expect(foldersOn("/bin::/usr/bin", posix)).toEqual(["/bin", "/usr/bin"]);
  expect(foldersOn("C:\\Windows;C:\\Node;", win32)).toEqual(["C:\\Windows", "C:\\Node"]);
  expect(foldersOn(undefined, posix)).toEqual([]);
});

import { type PlatformPath, posix, win32 } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** How a machine writes paths: `posix` or `win32` of node:path. */
export type Paths = PlatformPath;

/** How this machine does. */
export const ownPaths: Paths = process.platform === "win32" ? win32 : posix;

/** Whether paths are written as on Windows. */
export const isWindows = ({ sep }: Paths): boolean => sep === "\\";

/** Whether a path is a folder or in it; both absolute. On Windows `C:\Mail` is `c:\mail`. */
export function isIn(path: string, folder: string, paths: Paths = ownPaths): boolean {
  const below = paths.relative(folder, path);
  return below !== ".." && !below.startsWith(`..${paths.sep}`) && !paths.isAbsolute(below);
}

/**
 * A path that is written into a plan, a state or a report: the same whichever machine computes it. Whatever begins as a path of
 * Windows goes on as one.
 */
export function joinAsWritten(folder: string, ...names: readonly string[]): string {
  return (folder.includes("\\") ? win32 : posix).join(folder, ...names);
}

/** The folder that a `file://` URL names, by the URL alone: one with a drive is of Windows. */
export function folderOfUrl(url: string): string {
  return fileURLToPath(url, { windows: /^file:\/\/\/[A-Za-z]:/.test(url) });
}

/**
 * A folder as Pulumi takes it for a backend. Escaped: Pulumi unescapes it, and a folder may have `#`, `%` or a blank in its name.
 * Windows has no slash before the drive: Pulumi takes what stands after `file://` for a path (massageBlobPath in
 * pkg/backend/diy/backend.go of 3.259), and `/C:/mail` is none there.
 */
export function backendUrl(folder: string, paths: Paths = ownPaths): string {
  const { href } = pathToFileURL(folder, { windows: isWindows(paths) });
  return isWindows(paths) ? href.replace(/^file:\/\/\/(?=[A-Za-z]:)/, "file://") : href;
}

/** The name of a program's file. */
export const programFile = (name: string, paths: Paths = ownPaths): string =>
  isWindows(paths) ? `${name}.exe` : name;

/** The folders of a search path. */
export const foldersOn = (path: string | undefined, paths: Paths = ownPaths): string[] =>
  (path ?? "").split(paths.delimiter).filter((folder) => folder !== "");

/**
 * An environment with a folder first on its search path. A copy of Windows' environment tells `PATH` from `Path`, which the
 * machine does not.
 */
export function withFirstOnPath(
  environment: NodeJS.ProcessEnv,
  folder: string,
  paths: Paths = ownPaths,
): NodeJS.ProcessEnv {
  const named = Object.keys(environment).filter((name) =>
    isWindows(paths) ? name.toUpperCase() === "PATH" : name === "PATH",
  );
  const others = Object.entries(environment).filter(([name]) => !named.includes(name));
  const before = named.flatMap((name) => foldersOn(environment[name], paths));
  return { ...Object.fromEntries(others), PATH: [folder, ...before].join(paths.delimiter) };
}

/**
 * A search path on which a program is the one of a folder. What else has a program of that name before it comes behind it, where its
 * other programs are still found; a folder that is not on the path comes first.
 */
export function whereFirst(
  path: string | undefined,
  { folder, has }: { readonly folder: string; readonly has: (other: string) => boolean },
  paths: Paths = ownPaths,
): string {
  const folders = foldersOn(path, paths);
  const place = folders.indexOf(folder);
  if (place < 0) return [folder, ...folders].join(paths.delimiter);
  const before = folders.slice(0, place);
  return [
    ...before.filter((other) => !has(other)),
    folder,
    ...before.filter(has),
    ...folders.slice(place + 1),
  ].join(paths.delimiter);
}

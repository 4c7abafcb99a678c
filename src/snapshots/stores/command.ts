import { spawn } from "node:child_process";
import { z } from "zod";
import { parseJson } from "../../base/json.js";
import type { ObjectStore } from "../types.js";

const listSchema = z.object({ Contents: z.array(z.object({ Key: z.string() })).default([]) });

/** How long one command may take, milliseconds. */
const limitMs = 120_000;

/**
 * A bucket, by the command line program of its own cloud, which signs in as everything else on that machine does: `aws` for
 * `s3://`, `gcloud` for `gs://`. Their libraries would bring some hundred packages.
 */
export function commandStore(url: URL): ObjectStore {
  return url.protocol === "s3:" ? s3(url) : gs(url);
}

function s3({ host, searchParams: query }: URL): ObjectStore {
  const options = Object.entries({
    "--region": query.get("region"),
    "--profile": query.get("profile"),
    "--endpoint-url": query.get("endpoint"),
  }).flatMap(([option, value]) => (value === null ? [] : [option, value]));
  const aws = (args: readonly string[], input?: Buffer) => run("aws", [...args, ...options], input);
  const at = (name: string) => `s3://${host}/${name}`;
  return {
    async names(prefix) {
      const list = ["s3api", "list-objects-v2", "--bucket", host, "--prefix", prefix, "--output", "json"];
      const text = (await aws(list)).toString("utf8").trim();
      // It says nothing at all of a prefix without objects.
      if (text === "") return [];
      return listSchema
        .parse(parseJson(text))
        .Contents.map(({ Key }) => Key)
        .sort();
    },
    get: (name) => aws(["s3", "cp", "--quiet", at(name), "-"]),
    put: async (name, octets) => void (await aws(["s3", "cp", "--quiet", "-", at(name)], octets)),
  };
}

function gs({ host }: URL): ObjectStore {
  const gcloud = (args: readonly string[], input?: Buffer) => run("gcloud", ["storage", ...args], input);
  const at = (name: string) => `gs://${host}/${name}`;
  return {
    async names(prefix) {
      let text: string;
      try {
        text = (await gcloud(["ls", at(prefix)])).toString("utf8");
      } catch (error) {
        // What it says of a prefix without objects, and fails.
        if (error instanceof Error && /matched no objects/i.test(error.message)) return [];
        throw error;
      }
      return text
        .split("\n")
        .filter((line) => line.startsWith(at("")))
        .map((line) => line.slice(at("").length))
        .sort();
    },
    get: (name) => gcloud(["cat", at(name)]),
    put: async (name, octets) =>
      void (await gcloud(["cp", "--if-generation-match=0", "-", at(name)], octets)),
  };
}

function run(command: string, args: readonly string[], input?: Buffer): Promise<Buffer> {
  return new Promise((fulfil, reject) => {
    const child = spawn(command, args, {
      env: process.env,
      stdio: ["pipe", "pipe", "pipe"],
      signal: AbortSignal.timeout(limitMs),
    });
    const said: Buffer[] = [];
    let complaint = "";
    child.stdout.on("data", (part: Buffer) => said.push(part));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
    child.on("error", (error) =>
      reject(new Error(`${command} cannot be run, and is what reaches this place: ${error.message}`)),
    );
    child.on("close", (code, signal) => {
      if (code === 0) fulfil(Buffer.concat(said));
      else
        reject(
          new Error(
            `${command} ${args.slice(0, 2).join(" ")} ended with ${code ?? signal}: ${complaint.trim()}`,
          ),
        );
    });
    // A program that ends without reading is judged by its exit code.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

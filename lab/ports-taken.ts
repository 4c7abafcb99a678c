import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { type Problem, throwIfAny } from "../src/base/problem.js";
import type { LabPorts } from "./lab.js";

/**
 * Refuses to put a lab back whose ports others listen on by now: the plan and the state of a rehearsal name them, so that it
 * cannot go on elsewhere. Asked before the first server is started.
 * @throws MailstageError lab-port-taken for each of them
 */
export async function refuseTakenPorts(host: string, ports: LabPorts): Promise<void> {
  const checked = await Promise.all(
    Object.entries(ports).map(async ([server, port]): Promise<Problem[]> => {
      if (port === undefined || port === 0) return [];
      const udp = server === "dns" || server === "resolver";
      const free = (await isFree(host, port)) && (!udp || (await isFreeUdp(host, port)));
      if (free) return [];
      return [
        {
          code: "lab-port-taken",
          subject: `port ${port}`,
          reason: `is taken by another program, and this lab's ${server} server was there when it was stopped`,
          hint: "End that program (another rehearsal of the same name, perhaps), or begin anew with --fresh",
        },
      ];
    }),
  );
  throwIfAny(checked.flat());
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return true;
  } catch (error) {
    return refuseOther(error);
  }
}

async function isFreeUdp(host: string, port: number): Promise<boolean> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    socket.bind(port, host);
    await once(socket, "listening");
    return true;
  } catch (error) {
    return refuseOther(error);
  } finally {
    socket.close();
  }
}

function refuseOther(error: unknown): false {
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
  throw error;
}

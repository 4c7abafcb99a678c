import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Free ports of 127.0.0.1 in a row, for servers that cannot choose one themselves or are started again where they were. They
 * lie below those a system gives to connections and to servers that ask for none (32768 on Linux): one of them would be taken
 * before it is used, sooner or later.
 */
export async function freePorts(count: number): Promise<number[]> {
  for (;;) {
    const first = randomInt(11_000, 32_000);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.map(isFree));
    if (!free.includes(false)) return ports;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}

import { createSocket, type SocketType } from "node:dgram";
import { EventEmitter } from "node:events";
import { Socket } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import { directoryDoors, dnsDoors } from "../../lab/doors.js";

type Done = (error?: Error | null) => void;

/** One end of a connection within the process. What is sent arrives in its turn, as octets that travel do. */
class End extends Socket {
  peer: End | undefined;

  override _read(): void {}

  override _write(part: Buffer, _encoding: BufferEncoding, done: Done): void {
    setImmediate(() => {
      if (this.peer?.destroyed === false) this.peer.push(part);
    });
    done();
  }

  override _writev(parts: { chunk: Buffer; encoding: BufferEncoding }[], done: Done): void {
    this._write(Buffer.concat(parts.map(({ chunk }) => chunk)), "utf8", done);
  }

  override _final(done: Done): void {
    setImmediate(() => {
      if (this.peer?.destroyed === false) this.peer.push(null);
    });
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    setImmediate(() => {
      if (this.peer?.destroyed !== false) return;
      this.peer.push(null);
      this.peer.destroy();
    });
    done(error);
    // A `Socket` tells its end itself, by what is overridden here.
    setImmediate(() => this.emit("close", error !== null));
  }
}

/** `tls.connect`, past TLS and sockets to a domain controller in this process. */
export function directConnect(isDirect: () => boolean): (options: ConnectionOptions) => Socket {
  return (options) => {
    const door = isDirect() ? directoryDoors.at(`${options.host}:${options.port}`) : undefined;
    if (door === undefined || options.socket !== undefined) return connect(options);
    const [here, there] = [new End(), new End()];
    here.peer = there;
    there.peer = here;
    door(there);
    setImmediate(() => here.emit("secureConnect"));
    return here;
  };
}

/** `dgram.createSocket`, past datagrams to a DNS server in this process. */
export function directDatagrams(isDirect: () => boolean): (type: SocketType) => object {
  return (type) => (isDirect() ? new Datagrams(type) : createSocket(type));
}

class Datagrams extends EventEmitter {
  #send: ((message: Buffer) => void) | undefined;
  #close = () => {};
  #open = true;

  constructor(private readonly type: SocketType) {
    super();
  }

  connect(port: number, address: string, done: () => void): void {
    const door = dnsDoors.at(`${address}:${port}`);
    if (door === undefined) {
      this.#overNetwork(port, address, done);
      return;
    }
    this.#send = (message) =>
      setImmediate(async () => {
        const reply = await door(Buffer.from(message));
        if (reply !== undefined && this.#open) this.emit("message", reply);
      });
    setImmediate(done);
  }

  send(message: Buffer): void {
    this.#send?.(message);
  }

  close(): void {
    this.#open = false;
    this.#close();
  }

  #overNetwork(port: number, address: string, done: () => void): void {
    const socket = createSocket(this.type);
    socket.on("message", (reply) => this.emit("message", reply));
    socket.on("error", (error) => this.emit("error", error));
    this.#send = (message) => socket.send(message);
    this.#close = () => socket.close();
    socket.connect(port, address, done);
  }
}

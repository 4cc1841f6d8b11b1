import { lookup } from 'node:dns/promises';
import { createServer, isIP, type Server, type Socket } from 'node:net';

/**
 * A port on every address that a host's name stands for, as gRPC's servers listen. One address that can
 * be had is enough.
 *
 * Created by a server: `listen` once, then `close` once. Whoever is given a connection owns it.
 */
export class Listener {
  readonly #onConnection: (socket: Socket) => void;
  readonly #servers: Server[] = [];

  constructor(onConnection: (socket: Socket) => void) {
    this.#onConnection = onConnection;
  }

  /** Returns the port: port 0 takes a free one, the same on each address. Rejects with the reasons. */
  async listen(host: string, port: number): Promise<number> {
    const failures: string[] = [];
    let bound = port;
    for (const address of await addressesOf(host)) {
      const server = createServer(this.#onConnection);
      try {
        bound = await bind(server, address, bound);
        this.#servers.push(server);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    if (this.#servers.length === 0) throw new Error(failures.join('; '));
    return bound;
  }

  /** Accepts nobody; resolves when every connection that was accepted is closed. */
  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  }
}

async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve((server.address() as { readonly port: number }).port);
    });
  });
}

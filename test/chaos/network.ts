/**
 * A network of our own: a namespace with one address for each node, all on one bridge, whose own
 * address is the one that clients come from. Made of `ip` alone; `tc` with netem and `nft` are used
 * where they are there.
 */
import { readdirSync } from 'node:fs';
import type { Cleanup } from './cleanup.ts';
import type { Link, NodeName } from './schedule.ts';
import { shell, tryShell } from './shell.ts';

/** How packets can be lost on the way, and be late. Null: the machine has nothing for it. */
export interface NetworkTools {
  readonly loss: 'netem' | 'nft' | null;
  readonly slow: 'netem' | 'tbf' | null;
}

interface Place {
  readonly namespace: string;
  readonly address: string;
}

/** Made once for a run, before its processes; goes with the run's cleanup. */
export class Network {
  readonly tools: NetworkTools;
  readonly #places: ReadonlyMap<NodeName, Place>;

  private constructor(places: ReadonlyMap<NodeName, Place>, tools: NetworkTools) {
    this.#places = places;
    this.tools = tools;
  }

  /** Throws with a sentence where the machine does not allow it; what was made is in `cleanup`. */
  static async create(nodes: readonly NodeName[], cleanup: Cleanup): Promise<Network> {
    const id = freeId();
    const subnet = await freeSubnet();
    const bridge = `${id}-br`;
    await shell(['ip', 'link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0']);
    cleanup.add(`bridge ${bridge}`, () => shell(['ip', 'link', 'del', bridge]));
    await shell(['ip', 'address', 'add', `${subnet}.254/24`, 'dev', bridge]);
    await shell(['ip', 'link', 'set', bridge, 'up']);
    const places = new Map<NodeName, Place>();
    for (const [index, node] of nodes.entries()) {
      const namespace = `${id}-${node}`;
      const address = `${subnet}.${index + 1}`;
      const outside = `${id}-${index + 1}`;
      await shell(['ip', 'netns', 'add', namespace]);
      cleanup.add(`network namespace ${namespace}`, () => shell(['ip', 'netns', 'del', namespace]));
      const peer = ['peer', 'name', 'eth0', 'netns', namespace];
      await shell(['ip', 'link', 'add', outside, 'type', 'veth', ...peer]);
      // Goes with its namespace too, but some time after.
      cleanup.add(`link ${outside}`, () => shell(['ip', 'link', 'del', outside]));
      await shell(['ip', 'link', 'set', outside, 'master', bridge, 'up']);
      const inside = ['ip', '-n', namespace];
      await shell([...inside, 'address', 'add', `${address}/24`, 'dev', 'eth0']);
      await shell([...inside, 'link', 'set', 'lo', 'up']);
      await shell([...inside, 'link', 'set', 'eth0', 'up']);
      places.set(node, { namespace, address });
    }
    const network = new Network(places, await findTools(places));
    await network.#check(nodes);
    return network;
  }

  address(node: NodeName): string {
    return this.#place(node).address;
  }

  /** What makes a program live in the node's namespace. It replaces itself by the program. */
  launcher(node: NodeName): string[] {
    return ['nsenter', `--net=/run/netns/${this.#place(node).namespace}`, '--'];
  }

  /**
   * Packets go nowhere from now on, without a word to either side: the sender is told a hardware
   * address that nobody has.
   */
  async cut({ from, to }: Link): Promise<void> {
    const nobody = ['lladdr', '02:00:00:00:00:01', 'nud', 'permanent'];
    await this.#ip(from, ['neigh', 'replace', this.address(to), 'dev', 'eth0', ...nobody]);
  }

  async mend({ from, to }: Link): Promise<void> {
    await this.#ip(from, ['neigh', 'del', this.address(to), 'dev', 'eth0']);
  }

  /** Loses packets that arrive at the node: the sender does not notice. */
  async lose(node: NodeName, percent: number): Promise<void> {
    if (this.tools.loss === 'nft') {
      await this.#nft(node, lossRules(percent));
    } else {
      // On the far end of the pair, whose output is the node's input.
      await shell(['tc', ...netem('add', this.#outside(node)), 'loss', `${percent}%`]);
    }
  }

  async loseNothing(node: NodeName): Promise<void> {
    if (this.tools.loss === 'nft') await this.#nft(node, `delete table inet ${NFT_TABLE}\n`);
    else await shell(['tc', ...netem('del', this.#outside(node))]);
  }

  /** Packets that leave the node are late: by netem, or behind each other in a narrow queue. */
  async slow(node: NodeName, delayMs: number): Promise<void> {
    const { namespace } = this.#place(node);
    const how =
      this.tools.slow === 'netem'
        ? ['netem', 'delay', `${delayMs}ms`, `${Math.ceil(delayMs / 3)}ms`]
        : ['tbf', 'rate', NARROW_RATE, 'burst', '16kb', 'latency', `${delayMs}ms`];
    await shell(['tc', '-n', namespace, 'qdisc', 'add', 'dev', 'eth0', 'root', ...how]);
  }

  async slowNothing(node: NodeName): Promise<void> {
    const { namespace } = this.#place(node);
    await shell(['tc', '-n', namespace, 'qdisc', 'del', 'dev', 'eth0', 'root']);
  }

  /** A firewall may stand between bridge ports: two nodes must reach each other, and us. */
  async #check(nodes: readonly NodeName[]): Promise<void> {
    const [one = '', other = one] = nodes;
    // Refused at once where the packets arrive, since nobody listens.
    const script =
      `require('node:net').connect(1, '${this.address(other)}')` +
      `.on('error', (error) => process.exit(error.code === 'ECONNREFUSED' ? 0 : 1));` +
      `setTimeout(() => process.exit(1), 2000)`;
    const { code } = await tryShell([...this.launcher(one), process.execPath, '-e', script]);
    if (code !== 0) throw new Error('packets do not pass between two network namespaces');
  }

  #outside(node: NodeName): string {
    const { namespace, address } = this.#place(node);
    const id = namespace.slice(0, namespace.indexOf('-'));
    return `${id}-${address.slice(address.lastIndexOf('.') + 1)}`;
  }

  #place(node: NodeName): Place {
    const place = this.#places.get(node);
    if (place === undefined) throw new Error(`${node} is not in the network`);
    return place;
  }

  async #ip(node: NodeName, args: readonly string[]): Promise<void> {
    await shell(['ip', '-n', this.#place(node).namespace, ...args]);
  }

  async #nft(node: NodeName, rules: string): Promise<void> {
    await shell([...this.launcher(node), 'nft', '-f', '-'], { input: rules });
  }
}

const NFT_TABLE = 'odradek_chaos';
/** Less than a leader under load sends, so that packets wait for each other. */
const NARROW_RATE = '1500kbit';

function lossRules(percent: number): string {
  const rule = percent >= 100 ? 'drop' : `numgen random mod 100 < ${percent} drop`;
  const chain = `chain input {\n type filter hook input priority 0;\n iif eth0 ${rule}\n }`;
  return `table inet ${NFT_TABLE} {\n ${chain}\n}\n`;
}

function netem(verb: 'add' | 'del', device: string): string[] {
  return ['qdisc', verb, 'dev', device, 'root', 'netem'];
}

/** Tries each in a namespace that nobody lives in yet. */
async function findTools(places: ReadonlyMap<NodeName, Place>): Promise<NetworkTools> {
  const [place] = places.values();
  if (place === undefined) return { loss: null, slow: null };
  const { namespace } = place;
  const works = async (how: readonly string[]): Promise<boolean> => {
    const qdisc = (verb: string): string[] => ['tc', '-n', namespace, 'qdisc', verb];
    const added = await tryShell([...qdisc('add'), 'dev', 'eth0', 'root', ...how]);
    if (added.code !== 0) return false;
    await shell([...qdisc('del'), 'dev', 'eth0', 'root']);
    return true;
  };
  const inside = ['nsenter', `--net=/run/netns/${namespace}`, '--', 'nft', '-f', '-'];
  const nft = async (input: string): Promise<boolean> =>
    (await tryShell(inside, { input })).code === 0;
  if (await works(['netem', 'delay', '1ms'])) return { loss: 'netem', slow: 'netem' };
  const tbf = await works(['tbf', 'rate', NARROW_RATE, 'burst', '16kb', 'latency', '10ms']);
  const hasNft = (await nft(lossRules(1))) && (await nft(`delete table inet ${NFT_TABLE}\n`));
  return { loss: hasNft ? 'nft' : null, slow: tbf ? 'tbf' : null };
}

/** Short, since the kernel takes 15 characters for a link's name; of nobody else. */
function freeId(): string {
  const links = readdirSync('/sys/class/net');
  for (let number = process.pid % 10_000; ; number += 1) {
    const id = `odk${number}`;
    if (!links.some((link) => link.startsWith(`${id}-`))) return id;
  }
}

/**
 * The first three numbers of an address range that nobody else on this machine uses: of those that
 * RFC 2544 keeps for tests, since private ones may belong to the network around us.
 */
async function freeSubnet(): Promise<string> {
  const routes = await shell(['ip', '-4', 'route', 'show', 'table', 'all']);
  for (let number = 0; number < 256; number += 1) {
    const subnet = `198.18.${(process.pid + number) % 256}`;
    if (!routes.includes(` ${subnet}.`) && !routes.includes(`\n${subnet}.`)) return subnet;
  }
  throw new Error('every address range that was looked at is in use');
}

/** What the machine allows: a network and a small file system of our own, or sentences why not. */
import path from 'node:path';
import { Cleanup } from './cleanup.ts';
import { Network } from './network.ts';
import { brokerNames, CONTROLLER, type FaultClass, type NodeName } from './schedule.ts';
import { SmallDisk } from './small-disk.ts';

export interface Machine {
  readonly network: Network | null;
  readonly smallDisks: ReadonlyMap<NodeName, SmallDisk>;
  /** Of the classes that were asked for, those that can be had. */
  readonly classes: readonly FaultClass[];
  /** The others, with why. */
  readonly leftOut: readonly string[];
}

const NEEDS_NETWORK: ReadonlySet<FaultClass> = new Set<FaultClass>([
  'cut',
  'cut-one-way',
  'cut-controller',
  'isolate',
  'loss',
  'slow',
]);

/** Makes what the classes need and nothing else. It goes with `cleanup`. */
export async function prepareMachine(options: {
  readonly directory: string;
  readonly brokers: number;
  readonly classes: readonly FaultClass[];
  readonly smallDiskBytes: number;
  readonly cleanup: Cleanup;
}): Promise<Machine> {
  const { directory, brokers, smallDiskBytes, cleanup } = options;
  const names = brokerNames(brokers);
  const leftOut: string[] = [];
  let { classes } = options;
  const leaveOut = (isOut: (name: FaultClass) => boolean, why: string): void => {
    const out = classes.filter(isOut);
    if (out.length === 0) return;
    classes = classes.filter((name) => !isOut(name));
    leftOut.push(`${out.join(', ')}: ${why}`);
  };

  let network: Network | null = null;
  if (classes.some((name) => NEEDS_NETWORK.has(name))) {
    const made = await attempt(cleanup, (own) => Network.create([CONTROLLER, ...names], own));
    if (made.value === null) {
      leaveOut((name) => NEEDS_NETWORK.has(name), `no network of our own (${made.reason})`);
    } else {
      network = made.value;
      const { loss, slow } = network.tools;
      const nothing = 'neither netem in the kernel nor';
      if (loss === null) leaveOut((name) => name === 'loss', `${nothing} a working nft`);
      if (slow === null) leaveOut((name) => name === 'slow', `${nothing} tbf`);
    }
  }

  const smallDisks = new Map<NodeName, SmallDisk>();
  const last = names.at(-1);
  if (classes.includes('disk-full') && last !== undefined) {
    const place = path.join(directory, 'small-disk');
    const made = await attempt(cleanup, (own) => SmallDisk.create(place, smallDiskBytes, own));
    if (made.value === null) {
      leaveOut((name) => name === 'disk-full', `no file system of our own (${made.reason})`);
    } else {
      smallDisks.set(last, made.value);
    }
  }
  return { network, smallDisks, classes, leftOut };
}

/** What a failed attempt has made is removed at once; what a good one has made, with `cleanup`. */
async function attempt<Value>(
  cleanup: Cleanup,
  make: (own: Cleanup) => Promise<Value>,
): Promise<{ value: Value } | { value: null; reason: string }> {
  const own = new Cleanup();
  const remove = async (): Promise<void> => {
    const failures = await own.run();
    if (failures.length > 0) throw new Error(failures.join('; '));
  };
  // Before anything is made: an interruption in the middle must find it.
  cleanup.add('what the machine was given', remove);
  try {
    return { value: await make(own) };
  } catch (error) {
    await remove();
    return { value: null, reason: error instanceof Error ? error.message : String(error) };
  }
}

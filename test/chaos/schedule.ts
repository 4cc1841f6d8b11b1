/**
 * What is done to a cluster, drawn from a seed: periods of a few seconds, each with a random subset of
 * fault classes or, in a quarter of them, with none. Everything that begins within a period is healed
 * when it ends. Pure: the same options give the same schedule, whatever the processes do meanwhile.
 */
import { SeededRandom } from '../../src/testing/seeded-random.ts';

/** `controller`, or `broker-1` and so on. */
export type NodeName = string;

export const CONTROLLER: NodeName = 'controller';

export const FAULT_CLASSES = [
  'kill',
  'kill-controller',
  'kill-several',
  'kill-all',
  'freeze',
  'freeze-controller',
  'restart',
  'restart-controller',
  'disk-full',
  'cut',
  'cut-one-way',
  'cut-controller',
  'isolate',
  'loss',
  'slow',
] as const;

export type FaultClass = (typeof FAULT_CLASSES)[number];

/** Packets from one node to another; the other direction is a link of its own. */
export interface Link {
  readonly from: NodeName;
  readonly to: NodeName;
}

export type FaultAction =
  /** kill -9 of all of them at once; started again when the fault ends. */
  | { readonly kind: 'kill'; readonly nodes: readonly NodeName[] }
  /** SIGSTOP, and SIGCONT when the fault ends. */
  | { readonly kind: 'freeze'; readonly node: NodeName }
  /** SIGTERM, and started again at the fault's end or when it has stopped, whichever is later. */
  | { readonly kind: 'restart'; readonly node: NodeName }
  /** Leaves less than the broker's reserve, or nothing at all. */
  | { readonly kind: 'fill-disk'; readonly node: NodeName; readonly leave: 'little' | 'nothing' }
  | { readonly kind: 'cut'; readonly links: readonly Link[] }
  /** Of the packets that arrive at the node. */
  | { readonly kind: 'loss'; readonly node: NodeName; readonly percent: number }
  /** Of the packets that leave the node. */
  | { readonly kind: 'slow'; readonly node: NodeName; readonly delayMs: number };

export interface Fault {
  readonly class: FaultClass;
  readonly action: FaultAction;
  /** From the beginning of its period. */
  readonly atMs: number;
  readonly forMs: number;
}

export interface Period {
  /** From 1. */
  readonly number: number;
  readonly lengthMs: number;
  /** In the order in which they begin. */
  readonly faults: readonly Fault[];
  /**
   * The controller, or so many brokers that no majority of them may be left, was disturbed: what
   * comes next waits until every partition takes writes again.
   */
  readonly isHard: boolean;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly brokers: number;
  readonly classes: readonly FaultClass[];
  /** Brokers whose disk can be filled; needed by `disk-full`. */
  readonly smallDisks: readonly NodeName[];
}

/** Periods without end. */
export function* schedule(options: ScheduleOptions): Generator<Period, never> {
  const random = new SeededRandom(options.seed);
  const deck = new Deck(options.classes, random);
  for (let number = 1; ; number += 1) {
    const baseMs = between(random, PERIOD_MS_MIN, PERIOD_MS_MAX);
    const isQuiet = random.below(4) === 0;
    const faults = isQuiet ? [] : drawFaults(options, deck, random);
    const endMs = Math.max(0, ...faults.map((fault) => fault.atMs + fault.forMs));
    yield {
      number,
      lengthMs: Math.max(baseMs, endMs),
      faults: faults.sort((a, b) => a.atMs - b.atMs),
      isHard: isHard(faults, options.brokers),
    };
  }
}

export function brokerNames(count: number): NodeName[] {
  return Array.from({ length: count }, (_, index) => `broker-${index + 1}`);
}

/** Nodes that do not do their part while the fault lasts. One end of a cut link counts as cut off. */
export function disturbedBy(action: FaultAction): readonly NodeName[] {
  switch (action.kind) {
    case 'kill':
      return action.nodes;
    case 'freeze':
    case 'restart':
    case 'fill-disk':
    case 'loss':
    case 'slow':
      return [action.node];
    case 'cut': {
      const { from, to } = action.links[0] as Link;
      return [from === CONTROLLER ? to : from];
    }
  }
}

/** What a fault has for itself: two faults that share one of these contradict each other. */
export function resourcesOf(action: FaultAction): readonly string[] {
  switch (action.kind) {
    case 'kill':
      return action.nodes.map((node) => `process of ${node}`);
    case 'freeze':
    case 'restart':
      return [`process of ${action.node}`];
    case 'fill-disk':
      // A full disk ends the process.
      return [`disk of ${action.node}`, `process of ${action.node}`];
    case 'cut':
      return action.links.map(({ from, to }) => `link from ${from} to ${to}`);
    case 'loss':
      return [`packets to ${action.node}`];
    case 'slow':
      return [`packets from ${action.node}`];
  }
}

export function describeFault({ action, forMs }: Fault): string {
  const time = `for ${(forMs / 1_000).toFixed(1)} s`;
  switch (action.kind) {
    case 'kill':
      return `kill -9 of ${action.nodes.join(', ')}, down ${time}`;
    case 'freeze':
      return `SIGSTOP of ${action.node} ${time}`;
    case 'restart':
      return `clean restart of ${action.node}`;
    case 'fill-disk':
      return `disk of ${action.node} full ${time}, ${action.leave} is left`;
    case 'cut': {
      const links = action.links.map(({ from, to }) => `${from}->${to}`);
      return `cut ${links.join(', ')} ${time}`;
    }
    case 'loss':
      return `${action.percent}% of the packets to ${action.node} are lost ${time}`;
    case 'slow':
      return `packets from ${action.node} are late by up to ${action.delayMs} ms ${time}`;
  }
}

const PERIOD_MS_MIN = 3_000;
const PERIOD_MS_MAX = 8_000;
/** Faults of one period begin within this. */
const BEGIN_MS_MAX = 2_000;
const CLASSES_PER_PERIOD_MAX = 3;

/** Every class comes once before any comes again. */
class Deck {
  readonly #classes: readonly FaultClass[];
  readonly #random: SeededRandom;
  #left: FaultClass[] = [];

  constructor(classes: readonly FaultClass[], random: SeededRandom) {
    this.#classes = classes;
    this.#random = random;
  }

  draw(count: number): FaultClass[] {
    const drawn: FaultClass[] = [];
    while (drawn.length < Math.min(count, this.#classes.length)) {
      if (this.#left.length === 0) this.#left = [...this.#classes];
      const [next] = this.#left.splice(this.#random.below(this.#left.length), 1);
      if (next !== undefined) drawn.push(next);
    }
    return drawn;
  }

  /** For a later period: there was no room for it in this one. */
  giveBack(drawn: FaultClass): void {
    this.#left.push(drawn);
  }
}

function drawFaults(options: ScheduleOptions, deck: Deck, random: SeededRandom): Fault[] {
  const faults: Fault[] = [];
  const taken = new Set<string>();
  for (const drawn of deck.draw(1 + random.below(CLASSES_PER_PERIOD_MAX))) {
    const fault = drawFault(drawn, options, random);
    const resources = resourcesOf(fault.action);
    if (resources.some((resource) => taken.has(resource))) {
      deck.giveBack(drawn);
      continue;
    }
    for (const resource of resources) taken.add(resource);
    faults.push(fault);
  }
  return faults;
}

function drawFault(drawn: FaultClass, options: ScheduleOptions, random: SeededRandom): Fault {
  const brokers = shuffled(brokerNames(options.brokers), random);
  const [broker = '', other = ''] = brokers;
  const atMs = random.below(BEGIN_MS_MAX);
  const fault = (action: FaultAction, forMs: number): Fault => ({
    class: drawn,
    action,
    atMs,
    forMs,
  });
  switch (drawn) {
    case 'kill':
      return fault({ kind: 'kill', nodes: [broker] }, downMs(random));
    case 'kill-controller':
      return fault({ kind: 'kill', nodes: [CONTROLLER] }, downMs(random));
    case 'kill-several': {
      const count = Math.min(brokers.length, 2 + random.below(Math.max(1, brokers.length - 1)));
      return fault({ kind: 'kill', nodes: brokers.slice(0, count).sort() }, downMs(random));
    }
    case 'kill-all':
      return fault({ kind: 'kill', nodes: [CONTROLLER, ...brokers.sort()] }, downMs(random));
    case 'freeze':
      return fault({ kind: 'freeze', node: broker }, logarithmic(random, 100, 30_000));
    case 'freeze-controller':
      return fault({ kind: 'freeze', node: CONTROLLER }, logarithmic(random, 100, 30_000));
    case 'restart':
      return fault({ kind: 'restart', node: broker }, 0);
    case 'restart-controller':
      return fault({ kind: 'restart', node: CONTROLLER }, 0);
    case 'disk-full': {
      const node = options.smallDisks[random.below(options.smallDisks.length)] as NodeName;
      const leave = random.below(2) === 0 ? 'little' : 'nothing';
      return fault({ kind: 'fill-disk', node, leave }, between(random, 1_000, 8_000));
    }
    case 'cut':
      return fault({ kind: 'cut', links: bothWays(broker, other) }, cutMs(random));
    case 'cut-one-way': {
      const pair = random.below(3) === 0 ? [broker, CONTROLLER] : [broker, other];
      const [from = '', to = ''] = shuffled(pair, random);
      return fault({ kind: 'cut', links: [{ from, to }] }, cutMs(random));
    }
    case 'cut-controller':
      return fault({ kind: 'cut', links: bothWays(broker, CONTROLLER) }, cutMs(random));
    case 'isolate': {
      const others = [CONTROLLER, ...brokers.slice(1).sort()];
      const links = others.flatMap((each) => bothWays(broker, each));
      return fault({ kind: 'cut', links }, cutMs(random));
    }
    case 'loss': {
      const percent = Math.round(logarithmic(random, 1, 30));
      return fault({ kind: 'loss', node: broker, percent }, between(random, 2_000, 10_000));
    }
    case 'slow': {
      const delayMs = Math.round(logarithmic(random, 10, 500));
      return fault({ kind: 'slow', node: broker, delayMs }, between(random, 2_000, 10_000));
    }
  }
}

function isHard(faults: readonly Fault[], brokers: number): boolean {
  const disturbed = new Set(faults.flatMap(({ action }) => disturbedBy(action)));
  if (disturbed.delete(CONTROLLER)) return true;
  const majority = Math.floor(brokers / 2) + 1;
  return brokers - disturbed.size < majority;
}

function bothWays(one: NodeName, other: NodeName): Link[] {
  return [
    { from: one, to: other },
    { from: other, to: one },
  ];
}

/** One in four is started again at once: it is back before anybody has noticed. */
function downMs(random: SeededRandom): number {
  return random.below(4) === 0 ? 0 : logarithmic(random, 100, 6_000);
}

function cutMs(random: SeededRandom): number {
  return logarithmic(random, 300, 12_000);
}

function between(random: SeededRandom, min: number, max: number): number {
  return min + random.below(max - min + 1);
}

/** As often between 1 and 10 as between 10 and 100. Whole. */
function logarithmic(random: SeededRandom, min: number, max: number): number {
  const share = random.below(1_000_001) / 1_000_000;
  return Math.round(min * (max / min) ** share);
}

function shuffled<Item>(items: readonly Item[], random: SeededRandom): Item[] {
  const left = [...items];
  const result: Item[] = [];
  while (left.length > 0) result.push(...left.splice(random.below(left.length), 1));
  return result;
}

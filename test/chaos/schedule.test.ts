import { describe, expect, test } from 'vitest';
import {
  brokerNames,
  CONTROLLER,
  FAULT_CLASSES,
  schedule,
  type Fault,
  type Period,
  type ScheduleOptions,
} from './schedule.ts';

const OPTIONS: ScheduleOptions = {
  seed: 1,
  brokers: 3,
  classes: FAULT_CLASSES,
  smallDisks: ['broker-3'],
};

const SEEDS = Array.from({ length: 20 }, (_, index) => index * 7_919);

test('the same seed gives the same schedule, another seed another', () => {
  expect(periods(OPTIONS, 200)).toEqual(periods(OPTIONS, 200));
  expect(periods({ ...OPTIONS, seed: 2 }, 5)).not.toEqual(periods(OPTIONS, 5));
});

test('a longer run begins as a shorter one', () => {
  expect(periods(OPTIONS, 100).slice(0, 10)).toEqual(periods(OPTIONS, 10));
});

test.each(SEEDS)('seed %i: every class is drawn soon, and about equally often', (seed) => {
  const faults = periods({ ...OPTIONS, seed }, 400).flatMap((period) => period.faults);
  const soon = new Set(faults.slice(0, 2 * FAULT_CLASSES.length + 5).map((fault) => fault.class));
  expect([...soon].sort()).toEqual([...FAULT_CLASSES].sort());
  const counts = FAULT_CLASSES.map((name) => faults.filter((fault) => fault.class === name).length);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(4);
});

test.each(SEEDS)('seed %i: about a quarter of the periods are quiet', (seed) => {
  const all = periods({ ...OPTIONS, seed }, 1_000);
  const quiet = all.filter((period) => period.faults.length === 0).length;
  expect(quiet).toBeGreaterThan(180);
  expect(quiet).toBeLessThan(320);
});

test.each(SEEDS)('seed %i: no two faults of a period contradict each other', (seed) => {
  for (const brokers of [2, 3, 5]) {
    const smallDisks = [`broker-${brokers}`];
    for (const period of periods({ ...OPTIONS, seed, brokers, smallDisks }, 100)) {
      const processes = period.faults.flatMap(processesOf);
      expect(new Set(processes).size, JSON.stringify(period)).toBe(processes.length);
      const links = period.faults.flatMap(({ action }) =>
        action.kind === 'cut' ? action.links.map(({ from, to }) => `${from}>${to}`) : [],
      );
      expect(new Set(links).size, JSON.stringify(period)).toBe(links.length);
      for (const kind of ['loss', 'slow'] as const) {
        const nodes = period.faults.flatMap(({ action }) =>
          action.kind === kind ? [action.node] : [],
        );
        expect(new Set(nodes).size, JSON.stringify(period)).toBe(nodes.length);
      }
    }
  }
});

test.each(SEEDS)(
  'seed %i: faults are of nodes that there are, and over with their period',
  (seed) => {
    const nodes = new Set([CONTROLLER, ...brokerNames(3)]);
    for (const period of periods({ ...OPTIONS, seed }, 100)) {
      expect(period.lengthMs).toBeGreaterThanOrEqual(3_000);
      for (const fault of period.faults) {
        expect(fault.atMs + fault.forMs).toBeLessThanOrEqual(period.lengthMs);
        for (const node of nodesOf(fault)) expect(nodes).toContain(node);
      }
    }
  },
);

describe('how long and how hard', () => {
  const faults = SEEDS.flatMap((seed) =>
    periods({ ...OPTIONS, seed }, 100).flatMap((period) => period.faults),
  );
  const timesOf = (name: string): number[] =>
    faults.filter((fault) => fault.class === name).map((fault) => fault.forMs);

  test('processes are frozen for 0.1 to 30 s', () => {
    const times = [...timesOf('freeze'), ...timesOf('freeze-controller')];
    expect(Math.min(...times)).toBeGreaterThanOrEqual(100);
    expect(Math.min(...times)).toBeLessThan(150);
    expect(Math.max(...times)).toBeLessThanOrEqual(30_000);
    expect(Math.max(...times)).toBeGreaterThan(25_000);
  });

  test('some of the killed are started again at once', () => {
    expect(timesOf('kill').filter((time) => time === 0).length).toBeGreaterThan(5);
    expect(timesOf('kill').filter((time) => time > 1_000).length).toBeGreaterThan(5);
  });

  test('all kinds of a kind are drawn: one-way cuts both ways, both degrees of a full disk', () => {
    const cuts = faults.flatMap(({ class: name, action }) =>
      name === 'cut-one-way' && action.kind === 'cut' ? action.links : [],
    );
    expect(cuts.some(({ from }) => from === CONTROLLER)).toBe(true);
    expect(cuts.some(({ to }) => to === CONTROLLER)).toBe(true);
    expect(cuts.some(({ from, to }) => from !== CONTROLLER && to !== CONTROLLER)).toBe(true);
    const fills = faults.flatMap(({ action }) =>
      action.kind === 'fill-disk' ? [action.leave] : [],
    );
    expect(new Set(fills)).toEqual(new Set(['little', 'nothing']));
  });

  test('a period is hard if the controller or the majority is disturbed', () => {
    for (const seed of SEEDS) {
      for (const period of periods({ ...OPTIONS, seed, classes: ['kill', 'freeze'] }, 50)) {
        const killed = new Set(period.faults.flatMap(nodesOf));
        expect(period.isHard).toBe(killed.size >= 2);
      }
      for (const period of periods({ ...OPTIONS, seed, classes: ['freeze-controller'] }, 50)) {
        expect(period.isHard).toBe(period.faults.length > 0);
      }
    }
  });
});

test('only the classes that were asked for are drawn', () => {
  const classes = ['kill', 'restart'] as const;
  const drawn = new Set(
    periods({ ...OPTIONS, classes, smallDisks: [] }, 200).flatMap((period) =>
      period.faults.map((fault) => fault.class),
    ),
  );
  expect(drawn).toEqual(new Set(classes));
});

test('without any class every period is quiet', () => {
  const all = periods({ ...OPTIONS, classes: [], smallDisks: [] }, 50);
  expect(all.flatMap((period) => period.faults)).toEqual([]);
});

function periods(options: ScheduleOptions, count: number): Period[] {
  const all: Period[] = [];
  for (const period of schedule(options)) {
    all.push(period);
    if (all.length === count) break;
  }
  return all;
}

/** Nodes whose process the fault is about. */
function processesOf({ action }: Fault): readonly string[] {
  switch (action.kind) {
    case 'kill':
      return action.nodes;
    case 'freeze':
    case 'restart':
    case 'fill-disk':
      return [action.node];
    case 'cut':
    case 'loss':
    case 'slow':
      return [];
  }
}

function nodesOf(fault: Fault): readonly string[] {
  const { action } = fault;
  if (action.kind === 'cut') return action.links.flatMap(({ from, to }) => [from, to]);
  return action.kind === 'kill' ? action.nodes : [action.node];
}

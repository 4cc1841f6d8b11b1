import { startBenchCluster, cpuMicrosOf, residentBytesOf } from './cluster.ts';
import { Client } from '../src/client/index.ts';
const N = Number(process.env.N ?? 2000), TOPICS = Number(process.env.T ?? Math.ceil(N / 500));
const t0 = performance.now();
const at = () => ((performance.now() - t0) / 1000).toFixed(1).padStart(6);
const nodeArgs = (process.env.NODEARGS ?? '').split(' ').filter(Boolean);
const cluster = await startBenchCluster({ command: process.env.WRAP ? ['/tmp/w/run.sh'] : [process.execPath, ...nodeArgs, 'bin/odradek'], brokers: 3, brokerFlags: process.env.LOG ? ['--log-level', 'info'] : [] });
console.log(at(), 'cluster up');
const client = new Client({ bootstrap: cluster.bootstrap, clientId: 'x', requestTimeoutMs: 120000 });
let stop = false; setTimeout(async () => { console.log('time over'); await cluster.stop(); process.exit(0); }, Number(process.env.MAX ?? 3000) * 1000);
const watch = (async () => {
  let before = await Promise.all([cluster.controller, ...cluster.brokers].map((b) => cpuMicrosOf([b])));
  while (!stop) {
    await new Promise((r) => setTimeout(r, 3000));
    try {
      const now = await Promise.all([cluster.controller, ...cluster.brokers].map((b) => cpuMicrosOf([b])));
      const rss = await Promise.all(cluster.brokers.map((b) => residentBytesOf(b.pid)));
      const dirs = (await import('node:fs')).readdirSync(cluster.dataDirectory + '/broker-1').length;
      const m = await fetch(cluster.http[0] + '/metrics').then((r) => r.text()).catch(() => '');
      const g = (n: string) => m.split('\n').filter((l) => l.startsWith(n)).map((l) => l.split(' ').at(-1)).join(',');
      console.log(at(), 'cpu%', now.map((n, i) => Math.round((n - before[i]!) / 30000)).join(' '), 'rss', rss.map((b) => Math.round(b / 1e6)).join(' '), 'dirs', dirs, 'parts', g('odradek_partitions'), g('odradek_replica_count'));
      before = now;
    } catch (e) { console.log(String(e)); }
  }
})();
const per = Math.ceil(N / TOPICS);
for (let i = 0; i < TOPICS; i++) await client.admin.createTopic(`many-${i}`, { partitions: per, replicationFactor: 3 });
console.log(at(), 'created', N);
const producer = client.producer({ deliveryTimeoutMs: 900000 });
const lat: number[] = [];
const S = Number(process.env.S ?? 500);
const places: [string, number][] = [];
for (let i = 0; i < TOPICS; i++) for (let p = 0; p < per; p++) places.push([`many-${i}`, p]);
for (let k = 0; k < places.length; k += S) {
  await Promise.all(places.slice(k, k + S).map(([t, p]) => producer.send(t, { partition: p, key: null, value: new Uint8Array(100) })));
  if ((k / S) % 4 === 0) console.log(at(), 'sent', k + S);
}
console.log(at(), 'all sent');
const again = performance.now();
for (let k = 0; k < places.length; k += S) await Promise.all(places.slice(k, k + S).map(([t, p]) => producer.send(t, { partition: p, key: null, value: new Uint8Array(100) })));
console.log(at(), 'again in ms', Math.round(performance.now() - again));
await new Promise((r) => setTimeout(r, Number(process.env.IDLE ?? 10) * 1000));
stop = true; await watch;
await client.close();
const s = performance.now();
await cluster.stop();
console.log(at(), 'stopped in', Math.round(performance.now() - s));

/** The process that `events.ts` measures: a hub of events behind a real HTTP server, which tells of jobs as an agent does. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../src/base/clock.ts';
import { EventHub } from '../../src/http/event-stream.ts';
import { pastJob } from '../support/past-jobs.ts';

const perSecond = Number(process.argv[2]);
const hub = new EventHub<{ readonly 'job.changed': ReturnType<typeof pastJob> }>({ clock: systemClock });
const server = createServer((request, response) => hub.listen(response, request.headers['last-event-id']?.toString()));

let published = 0;
server.listen(0, '127.0.0.1', () => {
  // It listens on a port, so the address is one.
  process.send?.({ port: (server.address() as AddressInfo).port });
});

/** Any message asks for figures; the first begins the events. */
process.on('message', () => {
  if (published === 0) publishFrom(performance.now());
  const { user, system } = process.cpuUsage();
  process.send?.({ published, rssBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 });
});
process.on('disconnect', () => process.exit());

/** Each turn publishes what is due by now, so that the rate holds however late a timer fires. */
function publishFrom(startMs: number): void {
  const due = Math.ceil(((performance.now() - startMs) * perSecond) / 1000) + 1;
  while (published < due) hub.publish('job.changed', pastJob(published++));
  setTimeout(publishFrom, 1, startMs);
}

/** The server's figures in words. */
import type { Load } from './load.ts';
import type { ServerResult } from './measure-server.ts';

export function serverText({ rows, lists, pageBytes, plain, downloads, polling }: ServerResult): string {
  const loads = [
    ...lists.map(({ dialect, load }) => [dialect, load] as const),
    [`plain Fastify route, ${pageBytes} bytes`, plain] as const,
  ];
  return [
    `server: lists of ${rows} backups, page by page, 8 callers (fa: one backup a request)`,
    ...loads.map(([name, load]) => `  ${name.padEnd(34)} ${loadText(load)}`),
    `server: ${polling.agents} agents that poll the panel every 5 s: ${loadText(polling)}, ` +
      `${(polling.residentBytes / 1e6).toFixed(0)} MB, ${(polling.cpuShare * 100).toFixed(0)} % of a core`,
    ...downloads.map(({ name, megabytesPerSecond }) => `download, ${name}: ${megabytesPerSecond.toFixed(0)} MB/s`),
  ].join('\n');
}

function loadText({ requestsPerSecond, medianMs, p99Ms }: Load): string {
  return `${requestsPerSecond.toFixed(0)} requests/s, median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
}

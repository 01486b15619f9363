/**
 * The entry of every npm script: makes the clone ready (packages, Node 24, wasm, bundles), then runs what was asked.
 *
 *   node build/setup.mjs start|holdfast|test|test:ceph|screenshots|check|build|build:wasm|bench|torture [arguments …]
 *
 * Plain JavaScript without dependencies that any Node 18 runs. This file parses under much older ones too, so that
 * they get one clear line; all else is in setup/main.mjs.
 */
const running = process.versions.node;
if (Number.parseInt(running, 10) < 18) {
  process.stderr.write(
    `Holdfast needs Node 18 or newer to set itself up; this is Node ${running}. See https://nodejs.org\n`,
  );
  process.exitCode = 1;
} else {
  import('./setup/main.mjs').then(
    (setup) => setup.main(process.argv.slice(2)),
    (error) => {
      process.stderr.write(`${error.stack}
`);
      process.exitCode = 1;
    },
  );
}

#!/usr/bin/env node
/* The `holdfast` command: dist/cli.js as it is here. Old Nodes must be able to parse it; all else is in main.js. */
var major = parseInt(process.versions.node, 10);
if (major < 24) {
  console.error('holdfast needs Node 24 or newer; this is Node ' + process.versions.node + '. See https://nodejs.org');
  process.exitCode = 1;
} else {
  import('./main.js');
}

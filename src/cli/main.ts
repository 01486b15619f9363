/**
 * The command line's entry. It answers `version` by itself, so that this costs nothing, and imports the rest only
 * when there is more to do.
 */
import manifest from '../../package.json' with { type: 'json' };

// Output that nobody reads (`| head`) must not end the program in the middle of its work; program.ts cancels it.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const args = process.argv.slice(2);
if (args.length === 1 && ['version', '--version', '-V'].includes(args[0]!)) {
  process.stdout.write(`holdfast ${manifest.version}\n`);
} else {
  const [{ runProgram }, { keepMemorySmall }] = await Promise.all([import('./program.ts'), import('./memory.ts')]);
  keepMemorySmall();
  process.exitCode = await runProgram(args, manifest.version);
}

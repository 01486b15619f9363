/**
 * The command line's entry. It answers `version` by itself, so that this costs nothing, and imports the rest only
 * when there is more to do.
 */
import manifest from '../../package.json' with { type: 'json' };

const args = process.argv.slice(2);
if (args.length === 1 && ['version', '--version', '-V'].includes(args[0]!)) {
  process.stdout.write(`holdfast ${manifest.version}\n`);
} else {
  // A reader that went away (`| head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const [{ runProgram }, { keepMemorySmall }] = await Promise.all([import('./program.ts'), import('./memory.ts')]);
  keepMemorySmall();
  process.exitCode = await runProgram(args, manifest.version);
}

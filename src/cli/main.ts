/**
 * The command line's entry. It answers `version` by itself, so that this costs nothing, and imports the rest only
 * when there is more to do.
 */
import manifest from '../../package.json' with { type: 'json' };

const [verb] = process.argv.slice(2);
if (verb === 'version' || verb === '--version' || verb === '-V') {
  process.stdout.write(`holdfast ${manifest.version}\n`);
} else {
  process.stdout.write('usage: holdfast version\n');
  if (verb !== 'help' && verb !== '--help' && verb !== undefined) process.exitCode = 1;
}

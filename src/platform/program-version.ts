/** What this program calls itself in snapshots. */
import manifest from '../../package.json' with { type: 'json' };

export function programVersion(): string {
  return `holdfast ${manifest.version}`;
}

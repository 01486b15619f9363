/**
 * Files of older versions, made into ones of today: a list of pure steps, from version n to n + 1.
 * A file of a newer version is refused: it belongs to a newer Holdfast, which must find it as it left it.
 */
import { HoldfastError } from '../base/errors.ts';

export type VersionedJson = Readonly<Record<string, unknown>>;
/** Takes a file of version n; its answer's `version` is set by `migrate`. */
export type Migration = (file: VersionedJson) => VersionedJson;

/**
 * @param migrations the step at place 0 takes version 1
 * @throws HoldfastError `unsupported` (newer), `invalid-input` (no version)
 */
export function migrate(json: unknown, migrations: readonly Migration[]): VersionedJson {
  const newest = migrations.length + 1;
  const version = versionOf(json);
  if (!isRecord(json) || version === undefined) {
    throw new HoldfastError('invalid-input', 'The file has no version; it was not written by Holdfast.');
  }
  if (version > newest) {
    throw new HoldfastError(
      'unsupported',
      `The file is of version ${version}, and this Holdfast knows versions up to ${newest}`,
      { hint: 'Update Holdfast on this machine. The file was left as it is.', context: { version, newest } },
    );
  }
  return migrations
    .slice(version - 1)
    .reduce<VersionedJson>((file, step, at) => ({ ...step(file), version: version + at + 1 }), json);
}

function versionOf(json: unknown): number | undefined {
  if (!isRecord(json)) return undefined;
  const { version } = json;
  return typeof version === 'number' && Number.isInteger(version) && version >= 1 ? version : undefined;
}

function isRecord(json: unknown): json is VersionedJson {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** A snapshot as restic's --json shows it: the stored fields, and the id in two lengths. */
import { type StoredSnapshot, snapshotFields } from '../repository/mod.ts';

export function snapshotJson({ id, snapshot }: StoredSnapshot): object {
  return { ...snapshotFields(snapshot), id, short_id: id.slice(0, 8) };
}

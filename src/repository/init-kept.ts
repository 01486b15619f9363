/** Makes a repository whose password is kept for the user: kept first, so that no crash leaves one that nobody can open. */
import { randomBytes } from 'node:crypto';
import type { Backend } from '../backend/backend.ts';
import { initRepository, type Repository } from './repository.ts';

export interface KeptPassword<Place> {
  read(signal: AbortSignal): Promise<string | undefined>;
  /** Durable when it resolves. */
  store(password: string, signal: AbortSignal): Promise<Place>;
}

export interface InitKeptOptions<Place> {
  readonly backend: Backend;
  readonly kept: KeptPassword<Place>;
  /** Otherwise the one that is kept already, from a try that was interrupted, or a generated one. */
  readonly password?: string;
  readonly signal: AbortSignal;
}

/** @returns the open repository, and where its password is kept. @throws as `initRepository` */
export async function initKeptRepository<Place>(
  options: InitKeptOptions<Place>,
): Promise<{ readonly repository: Repository; readonly place: Place }> {
  const { backend, kept, signal } = options;
  const password = options.password ?? (await kept.read(signal)) ?? randomBytes(24).toString('base64url');
  const place = await kept.store(password, signal);
  return { repository: await initRepository({ backend, password, signal }), place };
}

/** Where an SFTP repository lies: `user@host:/path` or `//user@host:port//path`, as restic writes them behind "sftp:". */
import { HoldfastError } from '../../base/errors.ts';

export interface SftpLocation {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
  /** Relative ones start in the user's home. */
  readonly path: string;
}

/** @throws `invalid-input` for a text that is none */
export function parseSftpLocation(rest: string): SftpLocation {
  const asUrl = /^\/\/(?:([^@/]*)@)?(\[[^\]/]+\]|[^:/@]+)(?::(\d{1,5}))?\/(.*)$/s.exec(rest);
  const asScp = /^(?:([^@/:]*)@)?(\[[^\]/]+\]|[^:/@]+):(.*)$/s.exec(rest);
  const [, user, host = '', port, path = ''] = asUrl ?? withoutPort(asScp);
  const number = port === undefined ? undefined : Number(port);
  // A host that begins with a dash would be an option to programs that get it.
  if (
    host === '' ||
    host.startsWith('-') ||
    user === '' ||
    path === '' ||
    (number !== undefined && (number < 1 || number > 65_535))
  ) {
    throw new HoldfastError('invalid-input', `"sftp:${rest}" names no place on an SSH server.`, {
      hint: 'Write sftp:user@host:/path, or sftp://user@host:port//path with another port than 22.',
    });
  }
  return { user, host: host.replace(/^\[|\]$/g, ''), port: number, path };
}

function withoutPort(match: RegExpExecArray | null): (string | undefined)[] {
  return match === null ? [] : [match[0], match[1], match[2], undefined, match[3]];
}

/** Fetches the archive of a backup on a remote into a file. */
import type { RemoteConfig } from '../../config/remote.ts';
import { downloadSegments } from '../../remote/http/download.ts';
import { PartFile } from '../../remote/http/part-file.ts';
import type { RemoteDownload } from '../../remote/remote.ts';
import type { RunContext } from './runner.ts';

/** Gone on with where it broke off, also after a kill. @throws as `downloadSegments` */
export async function fetchArchive(
  remote: RemoteConfig,
  backupId: string,
  { transport, segments, checksum, sizeBytes }: RemoteDownload,
  target: string,
  { signal, progress, log }: RunContext,
): Promise<{ readonly bytes: number }> {
  const { bytes, resumedFrom } = await downloadSegments({
    transport,
    segments,
    target,
    identity: identityOf(remote, backupId),
    signal,
    ...(checksum === undefined ? {} : { checksum }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    onProgress: (done) => progress({ phase: 'downloading', ...done }),
  });
  const resumed = resumedFrom === 0 ? '' : ` (${resumedFrom} of them by an earlier run)`;
  log(
    'info',
    `${bytes} bytes${resumed}, ${checksum === undefined ? 'without a checksum' : `${checksum.algorithm} is right`}.`,
  );
  return { bytes };
}

/** Removes what is there of a download that nobody wants any more. */
export async function discardArchive(remote: RemoteConfig, backupId: string, target: string): Promise<void> {
  await using part = await PartFile.open(target, identityOf(remote, backupId));
  await part.discard();
}

function identityOf({ dialect, baseUrl, scope }: RemoteConfig, backupId: string): string {
  return [dialect, baseUrl, scope ?? '', backupId].join(' ');
}
